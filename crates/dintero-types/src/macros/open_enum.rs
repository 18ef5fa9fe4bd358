//! Enums that take values nobody knows yet.

/// An enum of texts with a variant `Other` for every text that is not known.
///
/// Reading never fails on a new value, and writes it back unchanged. A known text never becomes
/// `Other`, whichever way it comes in. Match with a wildcard or on `as_str()`: what is `Other`
/// today may have a variant tomorrow.
///
/// ```
/// dintero_types::open_enum! {
///     /// State of an order.
///     pub enum Status {
///         /// Money is reserved.
///         Authorized = "AUTHORIZED",
///         /// Money is taken.
///         Captured = "CAPTURED",
///     }
/// }
///
/// assert_eq!(Status::from("CAPTURED"), Status::Captured);
/// let new: Status = dintero_types::serde_json::from_str(r#""ON_MARS""#)?;
/// assert!(!new.is_known());
/// assert_eq!(new.as_str(), "ON_MARS");
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $value:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant, )*
            /// A value this version does not know.
            Other(::std::string::String),
        }

        impl $name {
            /// The values known, as they are sent.
            pub const VALUES: &'static [&'static str] = &[$($value),*];
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The value as it is sent.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Other(text) => text,
                }
            }

            /// Whether this version knows the value.
            #[inline]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }
        }

        impl ::core::cmp::Eq for $name {}

        impl ::core::convert::From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                $crate::__private::find(Self::VALUES, Self::ALL, text)
                    .unwrap_or_else(|| Self::Other(text.into()))
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(text: ::std::string::String) -> Self {
                $crate::__private::find(Self::VALUES, Self::ALL, &text)
                    .unwrap_or(Self::Other(text))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;
            // A variant may be called `Err`.
            #[inline]
            fn from_str(text: &str) -> ::core::result::Result<Self, ::core::convert::Infallible> {
                ::core::result::Result::Ok(text.into())
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::__private::read_text(deserializer, Self::VALUES, Self::ALL, Self::Other)
            }
        }

        $crate::__schema!($name, _generator, $crate::__private::open_schema($name::VALUES));
    };
}

/// As [`open_enum!`] for whole numbers.
///
/// ```
/// dintero_types::open_int_enum! {
///     /// A verdict.
///     pub enum Verdict {
///         /// Yes.
///         Yes = 1,
///         /// No.
///         No = -1,
///     }
/// }
///
/// let read: Vec<Verdict> = dintero_types::serde_json::from_str("[1, -1.0, 7]")?;
/// assert_eq!(read, [Verdict::Yes, Verdict::No, Verdict::Other(7)]);
/// assert_eq!(Verdict::No.value(), -1);
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! open_int_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $value:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant, )*
            /// A value this version does not know.
            Other(i64),
        }

        impl $name {
            /// The values known.
            pub const VALUES: &'static [i64] = &[$($value),*];

            /// The value as it is sent.
            #[inline]
            pub fn value(&self) -> i64 {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Other(value) => *value,
                }
            }

            /// Whether this version knows the value.
            #[inline]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }
        }

        impl ::core::cmp::Eq for $name {}

        impl ::core::convert::From<i64> for $name {
            #[inline]
            fn from(value: i64) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::num::ParseIntError;
            #[inline]
            fn from_str(text: &str) -> ::core::result::Result<Self, ::core::num::ParseIntError> {
                text.parse::<i64>().map(Self::from)
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.value(), f)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.value())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let value = Self::from($crate::__private::read_integer(deserializer)?);
                ::core::result::Result::Ok($crate::__private::watched(value, value.is_known(), Self::VALUES))
            }
        }

        $crate::__schema!($name, _generator, $crate::__private::open_int_schema($name::VALUES));
    };
}

/// A `JsonSchema` under the calling crate's feature `schemars`.
#[doc(hidden)]
#[macro_export]
macro_rules! __schema {
    ($name:ident, $generator:ident, $schema:expr) => {
        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                $crate::__private::name(stringify!($name))
            }
            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                $crate::__private::name(concat!(module_path!(), "::", stringify!($name)))
            }
            fn json_schema($generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                // What is built here is an object, which is always a schema.
                ::schemars::Schema::try_from($schema).unwrap_or_default()
            }
        }
    };
}
