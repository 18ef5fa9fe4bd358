//! Objects: structs with the fields that are always there, and those that may be absent.

/// A struct of the wire: fields that are always there first, then the optional ones.
///
/// An optional field is an `Option`: absent and `null` are both read as `None`, and `None` is not written. With `sent`
/// the type gets a constructor that takes what is always there, and a setter for each optional field; with `read` it is
/// a plain struct. Unknown fields are kept in the map under `rest`, or else in [`Unknown`](crate::Unknown), and written
/// back. A section without fields is left out.
///
/// Behind a field's type may stand its name on the wire (`= "type"`), how it is read (`as Time`, of
/// [`de`](crate::de)), and marks in brackets. `hidden`: `Debug` shows the fields that are set, and never the value of one so
/// marked. `list` and `map`: the setter takes whatever gives the items, or names and values.
///
/// With `by` after its name the constructor takes a struct of that name, whose fields are what is always there: of two texts
/// in a row nobody sees which is which.
///
/// A field under `nullable` has three states, for updates in which `null` means "take it away":
/// `None` is not written, `Some(None)` is written as `null`. Behind the `=>` stands the name of the setter of `null`.
///
/// ```
/// dintero_types::object! {
///     /// A line of an order.
///     sent pub struct Item {
///         /// In the currency's smallest unit.
///         pub amount: i64 as Integer,
///     } optional {
///         pub description: Option<String>,
///         pub email: Option<String> [hidden],
///         pub type_: Option<String> = "type",
///     } nullable {
///         pub note: Option<Option<String>> => note_null,
///     }
/// }
///
/// let item = Item::new(29990).description("Shoes").type_("physical").note_null();
/// let text = dintero_types::serde_json::to_string(&item)?;
/// assert_eq!(text, r#"{"amount":29990,"description":"Shoes","type":"physical","note":null}"#);
/// let read: Item = dintero_types::serde_json::from_str(r#"{"amount":1.0,"description":null,"new":true}"#)?;
/// assert_eq!((read.amount, read.description), (1, None));
/// let shown = format!("{:?}", Item::new(1).email("jo@example.com"));
/// assert_eq!(shown, "Item { amount: 1, email: [hidden] }");
///
/// dintero_types::object! {
///     /// Money from one account to another.
///     sent pub struct Transfer by TransferRequired {
///         pub from_account: String,
///         pub to_account: String,
///     }
/// }
/// let transfer = Transfer::new(TransferRequired { from_account: "a".into(), to_account: "b".into() });
/// assert_eq!(transfer.to_account, "b");
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
// Reading and writing are spelt out rather than derived: for hundreds of types the derived code is half of what a
// compiler has to check. What is not generic is `inline`, so that it is compiled where it is used, and not at all where
// it is not.
#[macro_export]
macro_rules! object {
    (
        $(#[$meta:meta])*
        $role:ident pub struct $name:ident $(by $given:ident)?
        $({
            $( $(#[$field_meta:meta])* pub $field:ident: $kind:ty $(= $wire:literal)? $(as $reader:ident)? $([$($mark:ident),+])? ),* $(,)?
        })?
        $(optional {
            $( $(#[$optional_meta:meta])* pub $optional:ident: Option<$optional_kind:ty> $(= $optional_wire:literal)? $(as $optional_reader:ident)? $([$($optional_mark:ident),+])? ),* $(,)?
        })?
        // `>>` is one sign, and two where a type before it took the first of three.
        $(nullable {
            $( $(#[$nullable_meta:meta])* pub $nullable:ident: Option<Option<$nullable_kind:ty $(>>)? $(> >)? $(= $nullable_wire:literal)? => $nuller:ident $([$($nullable_mark:ident),+])? ),* $(,)?
        })?
        $(rest {
            $(#[$rest_meta:meta])* pub $rest:ident: $rest_kind:ty $([$($rest_mark:ident),+])? $(,)?
        })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        pub struct $name {
            $($(
                $(#[$field_meta])*
                $(#[cfg_attr(feature = "schemars", schemars(rename = $wire))])?
                pub $field: $kind,
            )*)?
            $($(
                $(#[$optional_meta])*
                $(#[cfg_attr(feature = "schemars", schemars(rename = $optional_wire))])?
                pub $optional: ::core::option::Option<$optional_kind>,
            )*)?
            $($(
                $(#[$nullable_meta])*
                $(#[cfg_attr(feature = "schemars", schemars(rename = $nullable_wire))])?
                pub $nullable: ::core::option::Option<::core::option::Option<$nullable_kind>>,
            )*)?
            $(
                $(#[$rest_meta])*
                #[cfg_attr(feature = "schemars", schemars(flatten))]
                pub $rest: $rest_kind,
            )?
            /// Fields that have no place above.
            #[cfg_attr(feature = "schemars", schemars(skip))]
            pub unknown: $crate::Unknown,
        }

        const _: () = {
            use $crate::__private as __;

            impl<'de> __::Object<'de> for $name {
                const NAME: &'static str = ::core::stringify!($name);

                #[allow(unused_mut)]
                fn read<A: __::MapAccess<'de>>(
                    mut reader: __::Reader<'de, A>,
                    place: &mut ::core::option::Option<Self>,
                ) -> ::core::result::Result<(), A::Error> {
                    $($( let mut $field: ::core::option::Option<$kind> = ::core::option::Option::None; )*)?
                    $($( let mut $optional: ::core::option::Option<$optional_kind> = ::core::option::Option::None; )*)?
                    $($( let mut $nullable: ::core::option::Option<::core::option::Option<$nullable_kind>> = ::core::option::Option::None; )*)?
                    $( let mut $rest: $rest_kind = ::core::default::Default::default(); )?
                    while let ::core::option::Option::Some(key) = __::next_key(&mut reader) {
                        match key {
                            $($( $crate::__wire!($field $($wire)?) => $crate::__take!(reader $field take $($reader)?), )*)?
                            $($( $crate::__wire!($optional $($optional_wire)?) => $crate::__take!(reader $optional take_optional $($optional_reader)?), )*)?
                            $($( $crate::__wire!($nullable $($nullable_wire)?) => __::take_nullable(&mut reader, &mut $nullable), )*)?
                            _ => $crate::__rest!(reader $($rest)?),
                        }
                    }
                    $($( let $field = __::required(&mut reader, $crate::__wire!($field $($wire)?), $field); )*)?
                    let unknown = __::unknown(&mut reader);
                    match ($($($field,)*)?) {
                        ($($(::core::option::Option::Some($field),)*)?) => __::end(reader, place, Self {
                            $($( $field, )*)?
                            $($( $optional, )*)?
                            $($( $nullable, )*)?
                            $( $rest, )?
                            unknown,
                        }),
                        #[allow(unreachable_patterns)]
                        _ => __::failed(reader),
                    }
                }
            }

            impl<'de> __::serde::Deserialize<'de> for $name {
                fn deserialize<D: __::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::core::result::Result<Self, D::Error> {
                    __::read_object(deserializer)
                }
            }

            impl __::serde::Serialize for $name {
                fn serialize<S: __::serde::Serializer>(
                    &self,
                    serializer: S,
                ) -> ::core::result::Result<S::Ok, S::Error> {
                    #[allow(unused_mut)]
                    let mut fields = __::Fields::new(serializer, &self.unknown);
                    $($( fields.put($crate::__wire!($field $($wire)?), &self.$field); )*)?
                    $($( fields.put_optional($crate::__wire!($optional $($optional_wire)?), &self.$optional); )*)?
                    $($( fields.put_optional($crate::__wire!($nullable $($nullable_wire)?), &self.$nullable); )*)?
                    $( fields.put_rest(&self.$rest); )?
                    fields.end()
                }
            }
        };

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let mut shown = f.debug_struct(::core::stringify!($name));
                $($( shown.field(::core::stringify!($field), $crate::__shown!(&self.$field $(, $($mark),+)?)); )*)?
                $($( $crate::__show!(shown $optional self $($($optional_mark),+)?); )*)?
                $($( $crate::__show!(shown $nullable self $($($nullable_mark),+)?); )*)?
                $( shown.field(::core::stringify!($rest), $crate::__shown!(&self.$rest $(, $($rest_mark),+)?)); )?
                $crate::__private::show_unknown(&mut shown, &self.unknown);
                shown.finish()
            }
        }

        impl $name {
            /// Fields that the type does not name, and those whose value could not be read as described.
            #[allow(dead_code)]
            #[inline]
            pub fn unknown(&self) -> &$crate::Unknown {
                &self.unknown
            }
        }

        $crate::object! {
            @$role $name [$($given)?] { $($( $field: $kind ),*)? } { $($( $optional: $optional_kind $([$($optional_mark),+])? ),*)? }
            { $($( $nullable => $nuller: $nullable_kind $([$($nullable_mark),+])? ),*)? } { $( $rest: $rest_kind )? }
        }
    };
    (
        @read $name:ident [] {} { $( $optional:ident: $kind:ty $([$($mark:ident),+])? ),* }
        { $( $nullable:ident => $nuller:ident: $nullable_kind:ty $([$($nullable_mark:ident),+])? ),* } { $( $rest:ident: $rest_kind:ty )? }
    ) => {
        impl ::core::default::Default for $name {
            #[inline]
            fn default() -> Self {
                Self {
                    $($optional: ::core::option::Option::None,)*
                    $($nullable: ::core::option::Option::None,)*
                    $($rest: ::core::default::Default::default(),)?
                    unknown: $crate::Unknown::new(),
                }
            }
        }
    };
    (@read $name:ident $given:tt $required:tt $optional:tt $nullable:tt $rest:tt) => {};
    (
        @sent $name:ident [$($given:ident)?] { $( $field:ident: $kind:ty ),* } { $( $optional:ident: $optional_kind:ty $([$($mark:ident),+])? ),* }
        { $( $nullable:ident => $nuller:ident: $nullable_kind:ty $([$($nullable_mark:ident),+])? ),* } { $( $rest:ident: $rest_kind:ty )? }
    ) => {
        impl $name {
            $(
                #[doc = ::core::concat!("Sets [`", ::core::stringify!($optional), "`](Self#structfield.", ::core::stringify!($optional), ").")]
                #[must_use]
                pub fn $optional(mut self, value: $crate::__given!($optional_kind $(, $($mark),+)?)) -> Self {
                    self.$optional = ::core::option::Option::Some($crate::__taken!(value $(, $($mark),+)?));
                    self
                }
            )*

            $(
                #[doc = ::core::concat!("Sets [`", ::core::stringify!($nullable), "`](Self#structfield.", ::core::stringify!($nullable), ").")]
                #[must_use]
                pub fn $nullable(mut self, value: $crate::__given!($nullable_kind $(, $($nullable_mark),+)?)) -> Self {
                    self.$nullable = ::core::option::Option::Some(::core::option::Option::Some($crate::__taken!(value $(, $($nullable_mark),+)?)));
                    self
                }

                #[doc = ::core::concat!("Sends [`", ::core::stringify!($nullable), "`](Self#structfield.", ::core::stringify!($nullable), ") as `null`, to take it away.")]
                #[must_use]
                #[inline]
                pub fn $nuller(mut self) -> Self {
                    self.$nullable = ::core::option::Option::Some(::core::option::Option::None);
                    self
                }
            )*

            $(
                /// Sets the fields that have no name of their own.
                #[must_use]
                pub fn $rest(mut self, value: $crate::__given!($rest_kind, map)) -> Self {
                    self.$rest = $crate::__taken!(value, map);
                    self
                }
            )?
        }

        $crate::object! {
            @new $name [$($given)?] { $( $field: $kind ),* } { $($optional)* $($nullable)* $($rest)? }
        }
        $crate::object! { @default $name { $( $field ),* } }
    };
    (@new $name:ident [] { $( $field:ident: $kind:ty ),* } { $( $other:ident )* }) => {
        impl $name {
            /// With what is always there.
            #[allow(clippy::too_many_arguments, clippy::new_without_default)]
            #[inline]
            pub fn new($($field: impl ::core::convert::Into<$kind>),*) -> Self {
                Self {
                    $($field: $field.into(),)*
                    $($other: ::core::default::Default::default(),)*
                    unknown: $crate::Unknown::new(),
                }
            }
        }
    };
    (@new $name:ident [$given:ident] { $( $field:ident: $kind:ty ),* } { $( $other:ident )* }) => {
        #[doc = ::core::concat!("What [`", ::core::stringify!($name), "::new`] is given: each by its name.")]
        #[allow(missing_docs)]
        pub struct $given {
            $(
                #[doc = ::core::concat!("As in [`", ::core::stringify!($name), "`](", ::core::stringify!($name), "#structfield.", ::core::stringify!($field), ").")]
                pub $field: $kind,
            )*
        }

        impl $name {
            /// With what is always there.
            #[inline]
            pub fn new(given: $given) -> Self {
                Self {
                    $($field: given.$field,)*
                    $($other: ::core::default::Default::default(),)*
                    unknown: $crate::Unknown::new(),
                }
            }
        }
    };
    (@default $name:ident {}) => {
        impl ::core::default::Default for $name {
            #[inline]
            fn default() -> Self {
                Self::new()
            }
        }
    };
    (@default $name:ident { $($field:ident),+ }) => {};
}

/// What a setter is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __given {
    ($kind:ty $(, hidden)?) => {
        impl ::core::convert::Into<$kind>
    };
    ($kind:ty $(, hidden)?, list) => {
        impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<<$kind as $crate::__private::List>::Item>>
    };
    ($kind:ty $(, hidden)?, map) => {
        impl ::core::iter::IntoIterator<
            Item = (
                impl ::core::convert::Into<::std::string::String>,
                impl ::core::convert::Into<<$kind as $crate::__private::List>::Item>,
            ),
        >
    };
}

/// What it makes of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __taken {
    ($value:ident $(, hidden)?) => {
        $value.into()
    };
    ($value:ident $(, hidden)?, list) => {
        $value.into_iter().map(::core::convert::Into::into).collect()
    };
    ($value:ident $(, hidden)?, map) => {
        $value.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
    };
}

/// The name of a field on the wire.
#[doc(hidden)]
#[macro_export]
macro_rules! __wire {
    ($field:ident) => {
        ::core::stringify!($field)
    };
    ($field:ident $wire:literal) => {
        $wire
    };
}

/// How a field is read.
#[doc(hidden)]
#[macro_export]
macro_rules! __take {
    ($map:ident $slot:ident take) => {
        $crate::__private::take(&mut $map, &mut $slot)
    };
    ($map:ident $slot:ident take_optional) => {
        $crate::__private::take_optional(&mut $map, &mut $slot)
    };
    ($map:ident $slot:ident take $reader:ident) => {
        $crate::__private::take_as(&mut $map, &mut $slot, $crate::de::$reader)
    };
    ($map:ident $slot:ident take_optional $reader:ident) => {
        $crate::__private::take_optional_as(&mut $map, &mut $slot, $crate::de::$reader)
    };
}

/// Where fields go that the type does not name.
#[doc(hidden)]
#[macro_export]
macro_rules! __rest {
    ($reader:ident) => {
        $crate::__private::take_unknown(&mut $reader)
    };
    ($reader:ident $rest:ident) => {
        $crate::__private::take_rest(&mut $reader, &mut $rest)
    };
}

/// A field of `Debug` that may be absent.
#[doc(hidden)]
#[macro_export]
macro_rules! __show {
    ($shown:ident $field:ident $self:ident hidden $(, $how:ident)?) => {
        $crate::__private::show_hidden(&mut $shown, ::core::stringify!($field), $self.$field.is_some())
    };
    ($shown:ident $field:ident $self:ident $($how:ident)?) => {
        $crate::__private::show(&mut $shown, ::core::stringify!($field), &$self.$field)
    };
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
