//! Objects: structs with the fields that are always there, and those that may be absent.

/// A struct of the wire: fields that are always there first, then the optional ones.
///
/// An optional field is an `Option`: absent and `null` are both read as `None`, and `None` is not written. With `sent`
/// the type gets a constructor that takes what is always there, and a setter for each optional field; with `read` it is
/// a plain struct. Unknown fields are accepted.
///
/// A field under `nullable` has three states, for updates in which `null` means "take it away":
/// `None` is not written, `Some(None)` is written as `null`. After the `/` stands the name of the setter of `null`.
///
/// `Debug` shows the fields that are set, and never the value of one marked `@hidden`.
///
/// ```
/// dintero_types::object! {
///     /// A line of an order.
///     sent Item {
///         /// In the currency's smallest unit.
///         amount: i64,
///     } optional {
///         description: String,
///         email @hidden: String,
///         #[serde(rename = "type")]
///         type_: String,
///     } nullable {
///         note / note_null: String,
///     }
/// }
///
/// let item = Item::new(29990).description("Shoes").note_null();
/// let text = dintero_types::serde_json::to_string(&item)?;
/// assert_eq!(text, r#"{"amount":29990,"description":"Shoes","note":null}"#);
/// let read: Item = dintero_types::serde_json::from_str(r#"{"amount":1,"description":null,"new":true}"#)?;
/// assert_eq!(read.description, None);
/// let shown = format!("{:?}", Item::new(1).email("jo@example.com"));
/// assert_eq!(shown, "Item { amount: 1, email: [hidden] }");
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! object {
    (
        $(#[$meta:meta])*
        $role:ident $name:ident {
            $( $(#[$field_meta:meta])* $field:ident $(@$mark:ident)?: $kind:ty ),* $(,)?
        } optional {
            $( $(#[$optional_meta:meta])* $optional:ident $(@$optional_mark:ident)?: $optional_kind:ty ),* $(,)?
        }
    ) => {
        $crate::object! {
            $(#[$meta])*
            $role $name {
                $( $(#[$field_meta])* $field $(@$mark)?: $kind ),*
            } optional {
                $( $(#[$optional_meta])* $optional $(@$optional_mark)?: $optional_kind ),*
            } nullable {}
        }
    };
    (
        $(#[$meta:meta])*
        $role:ident $name:ident {
            $( $(#[$field_meta:meta])* $field:ident $(@$mark:ident)?: $kind:ty ),* $(,)?
        } optional {
            $( $(#[$optional_meta:meta])* $optional:ident $(@$optional_mark:ident)?: $optional_kind:ty ),* $(,)?
        } nullable {
            $( $(#[$nullable_meta:meta])* $nullable:ident / $nuller:ident $(@$nullable_mark:ident)?: $nullable_kind:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(crate = "::dintero_types::__private::serde")]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $kind, )*
            $(
                $(#[$optional_meta])*
                #[serde(default, skip_serializing_if = "::core::option::Option::is_none")]
                pub $optional: ::core::option::Option<$optional_kind>,
            )*
            $(
                $(#[$nullable_meta])*
                #[serde(
                    default,
                    skip_serializing_if = "::core::option::Option::is_none",
                    deserialize_with = "::dintero_types::__private::read_nullable"
                )]
                pub $nullable: ::core::option::Option<::core::option::Option<$nullable_kind>>,
            )*
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut shown = f.debug_struct(::core::stringify!($name));
                $( shown.field(::core::stringify!($field), $crate::__shown!(&self.$field $(, $mark)?)); )*
                $(
                    if let ::core::option::Option::Some(_value) = &self.$optional {
                        shown.field(::core::stringify!($optional), $crate::__shown!(_value $(, $optional_mark)?));
                    }
                )*
                $(
                    if let ::core::option::Option::Some(_value) = &self.$nullable {
                        shown.field(::core::stringify!($nullable), $crate::__shown!(_value $(, $nullable_mark)?));
                    }
                )*
                shown.finish()
            }
        }

        $crate::object! {
            @$role $name { $( $field: $kind ),* } { $( $optional: $optional_kind ),* } { $( $nullable / $nuller: $nullable_kind ),* }
        }
    };
    (@read $name:ident {} { $( $optional:ident: $kind:ty ),* } { $( $nullable:ident / $nuller:ident: $nullable_kind:ty ),* }) => {
        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self {
                    $($optional: ::core::option::Option::None,)*
                    $($nullable: ::core::option::Option::None,)*
                }
            }
        }
    };
    (@read $name:ident $required:tt $optional:tt $nullable:tt) => {};
    (
        @sent $name:ident { $( $field:ident: $kind:ty ),* } { $( $optional:ident: $optional_kind:ty ),* }
        { $( $nullable:ident / $nuller:ident: $nullable_kind:ty ),* }
    ) => {
        impl $name {
            /// With what is always there.
            #[allow(clippy::too_many_arguments, clippy::new_without_default)]
            pub fn new($($field: impl ::core::convert::Into<$kind>),*) -> Self {
                Self {
                    $($field: $field.into(),)*
                    $($optional: ::core::option::Option::None,)*
                    $($nullable: ::core::option::Option::None,)*
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

            $(
                #[doc = ::core::concat!("Sets [`", ::core::stringify!($nullable), "`](Self#structfield.", ::core::stringify!($nullable), ").")]
                #[must_use]
                pub fn $nullable(mut self, value: impl ::core::convert::Into<$nullable_kind>) -> Self {
                    self.$nullable = ::core::option::Option::Some(::core::option::Option::Some(value.into()));
                    self
                }

                #[doc = ::core::concat!("Sends [`", ::core::stringify!($nullable), "`](Self#structfield.", ::core::stringify!($nullable), ") as `null`, to take it away.")]
                #[must_use]
                pub fn $nuller(mut self) -> Self {
                    self.$nullable = ::core::option::Option::Some(::core::option::Option::None);
                    self
                }
            )*
        }

        $crate::object! { @default $name { $( $field ),* } }
    };
    (@default $name:ident {}) => {
        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }
    };
    (@default $name:ident { $($field:ident),+ }) => {};
}

/// A value, or that there is one.
#[doc(hidden)]
#[macro_export]
macro_rules! __shown {
    ($value:expr) => {
        $value
    };
    ($value:expr, hidden) => {
        &$crate::__private::Hidden
    };
}
