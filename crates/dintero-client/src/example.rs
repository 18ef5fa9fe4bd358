//! The frame of the examples in the docs of a generated crate: what stands around each call, once.

/// An example of a method, for its docs: the code that is shown, in a function that gives it a client.
#[doc(hidden)]
#[macro_export]
macro_rules! example {
    ($package:literal, $client:literal, $code:literal) => {
        ::core::concat!(
            "\n# Example\n\n```no_run\n# async fn example(",
            $client,
            ": ",
            $package,
            "::Client) -> Result<(), Box<dyn std::error::Error>> {\n",
            $code,
            "\n# Ok(())\n# }\n```"
        )
    };
}
