//! The tests of one service, from the generated lines: for each operation, what its builder takes and how it answers.

macro_rules! suite {
    (
        $service:ident;
        $( $name:ident $table:ident $send:ident -> $answer:ident {
            $( $place:ident $wire:literal $setter:ident: $kind:ty; )*
        } )*
    ) => {
        pub const TESTED: &[&dintero_client::Operation] = &[$(&$service::operations::$table),*];

        $(
            #[test]
            fn $name() {
                crate::judge::check(&$service::operations::$table, #[allow(unused_mut, deprecated)]
                    |mut given| Box::pin(async move {
                    let mut call = $service::Client::new(given.transport()).$name();
                    $(
                        if let Some(value) = given.$place::<$kind>($wire) {
                            call = call.$setter(value);
                        }
                    )*
                    let answer = call.$send().await;
                    given.$answer(answer)
                }));
            }
        )*
    };
}
