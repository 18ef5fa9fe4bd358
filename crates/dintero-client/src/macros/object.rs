//! Objects: structs with the fields that are always there, and those that may be absent.

/// A struct of the wire: fields that are always there first, then the optional ones.
///
/// An optional field is an `Option`: absent and `null` are both read as `None`, and `None` is not written. With `sent`
/// the type gets a constructor that takes what is always there, and a setter for each optional field; with `read` it is
/// a plain struct. Unknown fields are accepted.
///
/// ```
/// dintero_client::object! {
///     /// A line of an order.
///     sent Item {
///         /// In the currency's smallest unit.
///         amount: i64,
///     } optional {
///         description: String,
///         #[serde(rename = "type")]
///         type_: String,
///     }
/// }
///
/// let item = Item::new(29990).description("Shoes");
/// let text = dintero_client::serde_json::to_string(&item)?;
/// assert_eq!(text, r#"{"amount":29990,"description":"Shoes"}"#);
/// let read: Item = dintero_client::serde_json::from_str(r#"{"amount":1,"description":null,"new":true}"#)?;
/// assert_eq!(read.description, None);
/// # Ok::<(), dintero_client::serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! object {
    (
        $(#[$meta:meta])*
        sent $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $kind:ty ),* $(,)?
        } optional {
            $( $(#[$optional_meta:meta])* $optional:ident: $optional_kind:ty ),* $(,)?
        }
    ) => {
        $crate::object! {
            $(#[$meta])*
            read $name {
                $( $(#[$field_meta])* $field: $kind ),*
            } optional {
                $( $(#[$optional_meta])* $optional: $optional_kind ),*
            }
        }

        impl $name {
            /// With what is always there.
            #[allow(clippy::too_many_arguments, clippy::new_without_default)]
            pub fn new($($field: impl ::core::convert::Into<$kind>),*) -> Self {
                Self {
                    $($field: $field.into(),)*
                    $($optional: ::core::option::Option::None,)*
                }
            }

            $(
                #[doc = ::core::concat!("Sets [`", ::core::stringify!($optional), "`](Self#structfield.", ::core::stringify!($optional), ").")]
                #[must_use]
                pub fn $optional(mut self, value: impl ::core::convert::Into<$optional_kind>) -> Self {
                    self.$optional = ::core::option::Option::Some(value.into());
                    self
                }
            )*
        }
    };
    (
        $(#[$meta:meta])*
        read $name:ident {} optional {
            $( $(#[$optional_meta:meta])* $optional:ident: $optional_kind:ty ),* $(,)?
        }
    ) => {
        $crate::object! { @struct $(#[$meta])* #[derive(Default)] $name {} { $( $(#[$optional_meta])* $optional: $optional_kind ),* } }
    };
    (
        $(#[$meta:meta])*
        read $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $kind:ty ),* $(,)?
        } optional {
            $( $(#[$optional_meta:meta])* $optional:ident: $optional_kind:ty ),* $(,)?
        }
    ) => {
        $crate::object! {
            @struct $(#[$meta])* $name { $( $(#[$field_meta])* $field: $kind ),* } { $( $(#[$optional_meta])* $optional: $optional_kind ),* }
        }
    };
    (
        @struct $(#[$meta:meta])* $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $kind:ty ),*
        } {
            $( $(#[$optional_meta:meta])* $optional:ident: $optional_kind:ty ),*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(crate = "::dintero_client::__private::serde")]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $kind, )*
            $(
                $(#[$optional_meta])*
                #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
                pub $optional: ::core::option::Option<$optional_kind>,
            )*
        }
    };
}
