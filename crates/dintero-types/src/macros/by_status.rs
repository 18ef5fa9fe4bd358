//! Bodies that depend on the status.

/// An enum with a variant for each documented status, and `Other` for every other success.
///
/// A status is a pattern: `200`, `200 | 201`, `200..=299`; the first that matches is taken.
///
/// ```
/// dintero_types::by_status! {
///     /// Answer of a check.
///     pub enum Checked {
///         /// It is done.
///         200 => Done(Vec<String>),
///         /// It will be done.
///         202 => Accepted,
///     }
/// }
///
/// use dintero_types::FromStatus;
/// assert_eq!(Checked::from_status(202, b"")?, Checked::Accepted);
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! by_status {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $status:pat => $variant:ident $( ( $type:ty ) )? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant $( ($type) )?, )*
            /// A success that is not documented: its JSON, its text, or null for no body.
            Other($crate::serde_json::Value),
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $( $crate::by_status!(@show self, f, $variant $( ($type) )?); )*
                match self {
                    Self::Other(value) => $crate::__private::debug_other(f, value),
                    // All others have returned above.
                    #[allow(unreachable_patterns)]
                    _ => ::core::result::Result::Ok(()),
                }
            }
        }

        impl $crate::FromStatus for $name {
            #[inline]
            fn accepts(status: u16) -> bool {
                #[allow(unreachable_patterns)]
                match status {
                    $($status => true,)*
                    status => status / 100 == 2,
                }
            }

            #[inline]
            fn from_status(
                status: u16,
                body: &[u8],
            ) -> ::core::result::Result<Self, $crate::serde_json::Error> {
                #[allow(unreachable_patterns)]
                match status {
                    $($status => $crate::by_status!(@read body, $variant $( ($type) )?),)*
                    _ => ::core::result::Result::Ok(Self::Other($crate::__private::any_body(body))),
                }
            }
        }
    };
    (@read $body:ident, $variant:ident) => {
        ::core::result::Result::Ok(Self::$variant)
    };
    (@read $body:ident, $variant:ident ($type:ty)) => {
        $crate::reading::json::<$type>($body).map(Self::$variant)
    };
    (@show $self:ident, $f:ident, $variant:ident) => {
        if let Self::$variant = $self {
            return $f.write_str(stringify!($variant));
        }
    };
    (@show $self:ident, $f:ident, $variant:ident ($type:ty)) => {
        if let Self::$variant(value) = $self {
            return $crate::__private::debug_variant($f, stringify!($variant), value);
        }
    };
}
