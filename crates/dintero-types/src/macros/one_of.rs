//! Values of one of several types.

/// An enum of types that are not marked on the wire, with a variant `Other` for what fits none.
///
/// With `by "field"` that field of the object chooses the type. Without, or if the field is
/// missing, every type is tried and the one that keeps most of the input is taken, the first of
/// equals. Reading never fails: what fits nothing is kept in `Other` and written back unchanged.
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// # #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
/// pub struct Card { kind: String, pan: String }
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// # #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
/// pub struct Phone { kind: String, number: String }
///
/// dintero_types::one_of! {
///     /// How to pay.
///     pub enum Means by "kind" {
///         /// With a card.
///         Card(Card) = ["card.visa", "card.other"],
///         /// With a phone.
///         Phone(Box<Phone>) = ["phone"],
///     }
/// }
/// dintero_types::one_of_from!(Means { Card(Card), Phone(Box<Phone>) });
///
/// let read: Means = dintero_types::serde_json::from_str(r#"{"kind":"phone","number":"1"}"#)?;
/// assert!(matches!(read, Means::Phone(_)));
/// let new: Means = dintero_types::serde_json::from_str(r#"{"kind":"telepathy"}"#)?;
/// assert!(matches!(new, Means::Other(_)));
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! one_of {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident by $tag:literal {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident ( $type:ty ) = [ $($value:literal),* $(,)? ]
            ),* $(,)?
        }
    ) => {
        $crate::one_of! {
            $(#[$meta])*
            $vis enum $name {
                @chosen |value| {
                    match $crate::__private::tag(value, $tag).as_deref() {
                        $(
                            $(::core::option::Option::Some($value) => {
                                return $crate::__private::chosen(value, Self::$variant);
                            })*
                        )*
                        ::core::option::Option::Some(_) => {
                            $crate::__private::unknown_tag(::core::stringify!($name));
                            return ::core::option::Option::None;
                        }
                        ::core::option::Option::None => {}
                    }
                }
                $( $(#[$variant_meta])* $variant($type), )*
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( @chosen |$input:ident| $choose:block )?
            $( $(#[$variant_meta:meta])* $variant:ident ( $type:ty ) ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant($type), )*
            /// A value that fits none of the types this version knows.
            Other($crate::serde_json::Value),
        }

        impl $name {
            #[inline]
            fn __fit(value: &str) -> ::core::option::Option<Self> {
                $( let $input = value; $choose )?
                #[allow(unused_mut)]
                let mut best = $crate::__private::Best::new(value);
                $( best.attempt(Self::$variant); )*
                best.take()
            }
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $(Self::$variant(value) => {
                        $crate::__private::debug_variant(f, stringify!($variant), value)
                    })*
                    Self::Other(value) => $crate::__private::debug_other(f, value),
                }
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => {
                        $crate::__private::serde::Serialize::serialize(value, serializer)
                    })*
                    Self::Other(value) => {
                        $crate::__private::serde::Serialize::serialize(value, serializer)
                    }
                }
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let value = $crate::__private::text(deserializer)?;
                ::core::result::Result::Ok(match Self::__fit(&value) {
                    ::core::option::Option::Some(fit) => fit,
                    ::core::option::Option::None => Self::Other($crate::__private::value(&value)),
                })
            }
        }

        $crate::__schema!($name, generator, $crate::serde_json::json!({
            "anyOf": [$( generator.subschema_for::<$type>() ),*]
        }));
    };
}

/// `From` for the variants of a [`one_of!`] that are texts, numbers or booleans, each of its own kind.
///
/// ```
/// dintero_types::one_of! {
///     /// A value of one's own.
///     pub enum Free {
///         /// A text.
///         Text(String),
///         /// A number.
///         Number(dintero_types::Decimal),
///     }
/// }
/// dintero_types::one_of_scalars!(Free { Text: text, Number: decimal });
///
/// assert_eq!(Free::from("77"), Free::Text("77".to_owned()));
/// assert_eq!(Free::from(77), Free::Number(77.into()));
/// ```
#[macro_export]
macro_rules! one_of_scalars {
    ($name:ident { $( $variant:ident: $kind:ident ),* $(,)? }) => {
        $( $crate::one_of_scalars!(@$kind $name $variant); )*
    };
    (@text $name:ident $variant:ident) => {
        $crate::one_of_scalars!(@into $name $variant ::std::string::String [&str, ::std::string::String]);
    };
    (@integer $name:ident $variant:ident) => {
        $crate::one_of_scalars!(@into $name $variant i64 [i32, i64]);
    };
    (@decimal $name:ident $variant:ident) => {
        $crate::one_of_scalars!(@into $name $variant $crate::Decimal [i32, i64, $crate::Decimal]);
    };
    (@boolean $name:ident $variant:ident) => {
        $crate::one_of_scalars!(@into $name $variant bool [bool]);
    };
    (@into $name:ident $variant:ident $kind:ty [$($from:ty),*]) => {
        $(
            impl ::core::convert::From<$from> for $name {
                #[inline]
                fn from(value: $from) -> Self {
                    Self::$variant(<$kind>::from(value))
                }
            }
        )*
    };
}

/// `From` for the variants of a [`one_of!`] whose types differ.
#[macro_export]
macro_rules! one_of_from {
    ($name:ident { $( $variant:ident ( $type:ty ) ),* $(,)? }) => {
        $(
            impl ::core::convert::From<$type> for $name {
                #[inline]
                fn from(value: $type) -> Self {
                    Self::$variant(value)
                }
            }
        )*
    };
}
