//! `Debug` of the operation builders.

/// `Debug` that names the type and shows nothing: what a builder holds may be secret or personal.
#[macro_export]
macro_rules! opaque_debug {
    ($name:ident) => {
        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::concat!(::core::stringify!($name), " { .. }"))
            }
        }
    };
}
