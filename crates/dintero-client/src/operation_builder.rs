//! The builders of operations, as generated crates write them.

/// A builder of one operation: what the call is given, what it may have, and where each goes in the request.
///
/// Generated crates write it. A field is a line: the part of the request, its name there, the field's name and type. One in
/// parentheses is given to `new`; each other has a setter, with the docs that stand above it: of a `String` it takes whatever
/// becomes one, of `i64 as value` the value, of `Vec<T> as list of T` whatever gives items.
///
/// Behind the `=>` stands how the answer is read and what it is; behind a `|` the same for `send_by_status()`.
///
/// ```
/// use dintero_client::{Operation, Transport};
///
/// static GET_THING: Operation =
///     Operation { name: "get_thing", path: "/things/{id}", server: "https://example.com", ..Operation::of("things") };
///
/// dintero_client::builder! {
///     /// Builder of `get_thing`.
///     pub struct GetThing for GET_THING => text String {
///         path "id" (id: String),
///         /// Query parameter `limit`.
///         query "limit" limit: i64 as value,
///         /// Header parameter `X-Names`.
///         header "X-Name" name: String,
///     }
/// }
///
/// # async fn get(transport: &Transport) -> Result<(), dintero_client::Error> {
/// let text = GetThing::new(transport, "1".into()).limit(3).name("Jo").send().await?.into_inner();
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! builder {
    (
        $(#[$meta:meta])*
        pub struct $name:ident for $operation:path => $reader:ident $answer:ty $(| $all_reader:ident $all:ty)? {
            $(
                $(#[$field_meta:meta])*
                $place:ident $([$($style:expr),+])? $($wire:literal)?
                $( ($given:ident: $given_kind:ty) )?
                $( $field:ident: $kind:ty $(as $how:ident $(of $item:ty)?)? )?
            ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        #[must_use = "nothing is sent before `send()`"]
        pub struct $name {
            call: $crate::Call,
            $(
                $( $given: ::core::option::Option<$given_kind>, )?
                $( $field: ::core::option::Option<$kind>, )?
            )*
        }

        $crate::call_options!($name);
        $crate::opaque_debug!($name);

        impl $name {
            #[inline]
            pub(crate) fn new(transport: &$crate::Transport $($(, $given: $given_kind)?)*) -> Self {
                Self {
                    call: transport.call(&$operation),
                    $(
                        $( $given: ::core::option::Option::Some($given), )?
                        $( $field: ::core::option::Option::None, )?
                    )*
                }
            }

            $( $crate::__setter!([$(#[$field_meta])*] $($field: $kind $(as $how $(of $item)?)?)?); )*

            /// Sends the request.
            #[inline]
            pub fn send(
                mut self,
            ) -> impl ::core::future::Future<
                Output = ::core::result::Result<$crate::Response<$answer>, $crate::Error>,
            > {
                let request = self.prepared();
                self.call.$reader(request)
            }

            $(
                /// Sends the request; for the success responses that `send()` has no type for as well.
                #[inline]
                pub fn send_by_status(
                    mut self,
                ) -> impl ::core::future::Future<Output = ::core::result::Result<$crate::Response<$all>, $crate::Error>>
                {
                    let request = self.prepared();
                    self.call.$all_reader(request)
                }
            )?

            #[inline]
            fn prepared(&mut self) -> ::core::result::Result<$crate::reqwest::Request, $crate::Error> {
                #[allow(unused_mut)]
                let mut draft = self.call.draft();
                $( $crate::__put!(draft self $place $([$($style),+])? $($wire)?; $($given given)? $($field)?); )*
                draft.build()
            }
        }
    };
}

/// The setter of what a call may have; none of what it is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __setter {
    ([$(#[$meta:meta])*]) => {};
    ([$(#[$meta:meta])*] $field:ident: $kind:ty) => {
        $(#[$meta])*
        pub fn $field(mut self, value: impl ::core::convert::Into<$kind>) -> Self {
            self.$field = ::core::option::Option::Some(value.into());
            self
        }
    };
    ([$(#[$meta:meta])*] $field:ident: $kind:ty as value) => {
        $(#[$meta])*
        #[inline]
        pub fn $field(mut self, value: $kind) -> Self {
            self.$field = ::core::option::Option::Some(value);
            self
        }
    };
    ([$(#[$meta:meta])*] $field:ident: $kind:ty as list of $item:ty) => {
        $(#[$meta])*
        pub fn $field(
            mut self,
            value: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<$item>>,
        ) -> Self {
            self.$field = ::core::option::Option::Some(value.into_iter().map(::core::convert::Into::into).collect());
            self
        }
    };
}

/// Puts a field on the request.
#[doc(hidden)]
#[macro_export]
macro_rules! __put {
    ($draft:ident $self:ident account $wire:literal; $field:ident $(given)?) => {
        $draft.account($wire, $self.$field.take())?
    };
    ($draft:ident $self:ident path $wire:literal; $field:ident $(given)?) => {
        $draft.path($wire, $self.$field.as_ref())?
    };
    ($draft:ident $self:ident path_list $wire:literal; $field:ident $(given)?) => {
        $draft.path_list($wire, $self.$field.take())?
    };
    ($draft:ident $self:ident path [$style:expr] $wire:literal; $field:ident $(given)?) => {
        $draft.path_styled($wire, $style, $self.$field.as_ref())?
    };
    ($draft:ident $self:ident query $wire:literal; $field:ident $(given)?) => {
        $draft.query($wire, $self.$field.as_ref())?
    };
    ($draft:ident $self:ident query_list $wire:literal; $field:ident $(given)?) => {
        $draft.query_list($wire, $self.$field.as_ref())
    };
    ($draft:ident $self:ident query [$style:expr] $wire:literal; $field:ident $(given)?) => {
        $draft.query_styled($wire, $style, $self.$field.as_ref())?
    };
    ($draft:ident $self:ident header $wire:literal; $field:ident $(given)?) => {
        $draft.header($wire, $self.$field.as_ref())?
    };
    // A list of nothing is not sent.
    ($draft:ident $self:ident header_list $wire:literal; $field:ident $(given)?) => {
        $draft.header($wire, $self.$field.as_ref().filter(|list| !list.is_empty()))?
    };
    ($draft:ident $self:ident header [$style:expr] $wire:literal; $field:ident $(given)?) => {
        $draft.header_styled($wire, $style, $self.$field.as_ref())?
    };
    ($draft:ident $self:ident cookie [$style:expr] $wire:literal; $field:ident $(given)?) => {
        $draft.cookie($wire, $style, $self.$field.as_ref())?
    };
    ($draft:ident $self:ident json; $field:ident given) => {
        $draft.json($self.call.required("body", $self.$field.as_ref())?)?
    };
    ($draft:ident $self:ident json; $field:ident) => {
        $draft.bytes($self.call.encode($self.$field.as_ref())?)
    };
    ($draft:ident $self:ident form; $field:ident $(given)?) => {
        $draft.bytes($self.call.encode_form($self.$field.as_ref())?)
    };
    ($draft:ident $self:ident form [$($style:expr),+]; $field:ident $(given)?) => {
        $draft.bytes($self.call.encode_form_with($self.$field.as_ref(), &[$($style),+])?)
    };
    ($draft:ident $self:ident multipart; $field:ident $(given)?) => {
        $draft.bytes($self.call.encode_multipart($self.$field.as_ref())?)
    };
    ($draft:ident $self:ident parts; $field:ident $(given)?) => {
        $draft.bytes($self.call.encode_parts($self.$field.as_ref()))
    };
    ($draft:ident $self:ident bytes; $field:ident $(given)?) => {
        $draft.bytes($self.$field.take().unwrap_or_default())
    };
}
