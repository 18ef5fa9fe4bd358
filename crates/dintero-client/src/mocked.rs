//! What the typed mocks of the generated crates are made of (feature `httpmock`): conditions on a request of an
//! operation and its documented answers, for a server of the `httpmock` crate.
//!
//! Of our own and not the generator's: that one has no list parameters, no bodies of bytes, writes times otherwise than
//! the client sends them, and is ten times the code.

pub use httpmock;

use std::fmt::Display;

use httpmock::{Method, Then, When};
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

use crate::{JoinedList, Operation, encoding};

/// Requests of an operation, on any of its servers.
pub fn when(when: When, operation: &Operation) -> When {
    let when = match operation.method {
        "GET" => when.method(Method::GET),
        "PUT" => when.method(Method::PUT),
        "POST" => when.method(Method::POST),
        "DELETE" => when.method(Method::DELETE),
        "PATCH" => when.method(Method::PATCH),
        "HEAD" => when.method(Method::HEAD),
        _ => when.is_true(|_| false),
    };
    when.path_matches(pattern(operation, None))
}

/// With this value of a path parameter.
pub fn path<T: Serialize>(when: When, operation: &Operation, name: &str, value: &T) -> When {
    when.path_matches(pattern(operation, Some((name, &encoding::value(&text(value))))))
}

/// With this list as a path parameter.
pub fn path_list<T: Display, const SEPARATOR: char>(
    when: When,
    operation: &Operation,
    name: &str,
    value: &JoinedList<T, SEPARATOR>,
) -> When {
    when.path_matches(pattern(operation, Some((name, &encoding::list(value)))))
}

/// With this query parameter.
pub fn query<T: Serialize>(when: When, name: &str, value: &T) -> When {
    when.query_param(name, text(value))
}

/// With this header.
pub fn header<T: Serialize>(when: When, name: &str, value: &T) -> When {
    when.header(name, text(value))
}

/// With this JSON body.
pub fn json<T: Serialize>(when: When, value: &T) -> When {
    // What has no JSON form is sent by no client either.
    match serde_json::to_value(value) {
        Ok(value) => when.json_body(value),
        Err(_) => when.is_true(|_| false),
    }
}

/// With this form as its body.
pub fn form<T: Serialize>(when: When, value: &T) -> When {
    let encoded = serde_json::to_value(value).ok().and_then(|value| crate::form::encode(value, &[]).ok());
    match encoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(form) => when.body(form),
        None => when.is_true(|_| false),
    }
}

/// With these bytes as its body.
pub fn bytes(when: When, value: &[u8]) -> When {
    let value = value.to_vec();
    when.is_true(move |request| *request.body_ref() == value)
}

/// Answers JSON.
pub fn answer_json<T: Serialize>(then: Then, status: u16, value: &T) -> Then {
    // A value without a JSON form becomes an answer that no client decodes, so the test that gave it fails.
    let text = serde_json::to_vec(value).unwrap_or_default();
    then.status(status).header("content-type", "application/json").body(text)
}

/// Answers bytes of a media type.
pub fn answer_bytes(then: Then, status: u16, media_type: &str, value: &[u8]) -> Then {
    then.status(status).header("content-type", media_type).body(value)
}

/// A value as the client writes it, before it is encoded.
fn text<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Of the operation's paths; `given` is a parameter and its encoded value.
fn pattern(operation: &Operation, given: Option<(&str, &str)>) -> String {
    let servers = [operation.server, operation.test_server].map(|server| {
        let url = Url::parse(server).ok();
        escape(url.as_ref().map_or("", |url| url.path().trim_end_matches('/')))
    });
    let mut path = String::new();
    let mut rest = operation.path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        path.push_str(&escape(before));
        match given.filter(|(wanted, _)| *wanted == name) {
            Some((_, value)) => path.push_str(&escape(value)),
            None => path.push_str("[^/]+"),
        }
        rest = after;
    }
    path.push_str(&escape(rest));
    let [live, test] = servers;
    match operation.test_server.is_empty() || live == test {
        true => format!("^{live}{path}$"),
        false => format!("^(?:{live}|{test}){path}$"),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Typed mocks: for each operation what its request may be asked for, and its documented answers.
///
/// Generated crates write it; they get a trait `MockServerExt` with a method for each operation, and a pair of types
/// that stand before [`When`] and [`Then`].
#[macro_export]
macro_rules! mocked {
    ( $( $name:ident $kind:ident $table:ident {
        $( $place:ident $wire:literal $setter:ident: $given:ty $(as $list:ty)?; )*
    } {
        $( $answer:ident $how:tt; )*
    } )* ) => {
        /// Conditions, an own type for each operation.
        pub mod when {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[doc = ::core::concat!("Requests of `", ::core::stringify!($name), "`.")]
                pub struct $kind(pub(super) $crate::mocked::httpmock::When);

                impl $kind {
                    $( $crate::__mocked_when!($place $table $wire $setter $given $(as $list)?); )*

                    /// For what the types do not say.
                    pub fn into_inner(self) -> $crate::mocked::httpmock::When {
                        self.0
                    }
                }
            )*
        }

        /// Answers, an own type for each operation.
        pub mod then {
            #[allow(unused_imports)]
            use super::*;

            $(
                #[doc = ::core::concat!("Answers of `", ::core::stringify!($name), "`.")]
                pub struct $kind(pub(super) $crate::mocked::httpmock::Then);

                impl $kind {
                    $( $crate::__mocked_then!($answer $how); )*

                    /// For what the types do not say.
                    pub fn into_inner(self) -> $crate::mocked::httpmock::Then {
                        self.0
                    }
                }
            )*
        }

        /// A mock for each operation, on a server of the `httpmock` crate.
        pub trait MockServerExt {
            $(
                #[doc = ::core::concat!("A mock of [`Client::", ::core::stringify!($name), "`](crate::Client::", ::core::stringify!($name), ").")]
                fn $name(&self, config: impl FnOnce(when::$kind, then::$kind)) -> $crate::mocked::httpmock::Mock<'_>;
            )*
        }

        impl MockServerExt for $crate::mocked::httpmock::MockServer {
            $(
                fn $name(&self, config: impl FnOnce(when::$kind, then::$kind)) -> $crate::mocked::httpmock::Mock<'_> {
                    self.mock(|when, then| {
                        config(when::$kind($crate::mocked::when(when, &operations::$table)), then::$kind(then));
                    })
                }
            )*
        }
    };
}

/// A condition on one parameter or the body.
#[doc(hidden)]
#[macro_export]
macro_rules! __mocked_when {
    (path $table:ident $wire:literal $setter:ident $given:ty) => {
        #[doc = ::core::concat!("With this path parameter `", $wire, "`.")]
        pub fn $setter(self, value: impl ::core::convert::Into<$given>) -> Self {
            let value: $given = value.into();
            Self($crate::mocked::path(self.0, &operations::$table, $wire, &value))
        }
    };
    (path $table:ident $wire:literal $setter:ident $item:ty as $list:ty) => {
        #[doc = ::core::concat!("With this path parameter `", $wire, "`.")]
        pub fn $setter(self, value: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<$item>>) -> Self {
            let value: $list = value.into_iter().map(::core::convert::Into::into).collect();
            Self($crate::mocked::path_list(self.0, &operations::$table, $wire, &value))
        }
    };
    ($place:ident $table:ident $wire:literal $setter:ident $item:ty as $list:ty) => {
        #[doc = ::core::concat!("With this list as `", $wire, "`.")]
        pub fn $setter(self, value: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<$item>>) -> Self {
            let value: $list = value.into_iter().map(::core::convert::Into::into).collect();
            Self($crate::mocked::$place(self.0, $wire, &value))
        }
    };
    (query_each $table:ident $wire:literal $setter:ident $item:ty) => {
        #[doc = ::core::concat!("With these query parameters `", $wire, "`.")]
        pub fn $setter(self, value: impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<$item>>) -> Self {
            let items = value.into_iter().map(::core::convert::Into::<$item>::into);
            Self(items.fold(self.0, |when, item| $crate::mocked::query(when, $wire, &item)))
        }
    };
    (bytes $table:ident $wire:literal $setter:ident $given:ty) => {
        /// With these bytes as its body.
        pub fn $setter(self, value: impl ::core::convert::AsRef<[u8]>) -> Self {
            Self($crate::mocked::bytes(self.0, value.as_ref()))
        }
    };
    (json $table:ident $wire:literal $setter:ident $given:ty) => {
        /// With this JSON body.
        pub fn $setter(self, value: &$given) -> Self {
            Self($crate::mocked::json(self.0, value))
        }
    };
    (form $table:ident $wire:literal $setter:ident $given:ty) => {
        /// With this form as its body.
        pub fn $setter(self, value: &$given) -> Self {
            Self($crate::mocked::form(self.0, value))
        }
    };
    ($place:ident $table:ident $wire:literal $setter:ident $given:ty) => {
        #[doc = ::core::concat!("With this `", $wire, "`.")]
        pub fn $setter(self, value: impl ::core::convert::Into<$given>) -> Self {
            let value: $given = value.into();
            Self($crate::mocked::$place(self.0, $wire, &value))
        }
    };
}

/// A documented answer.
#[doc(hidden)]
#[macro_export]
macro_rules! __mocked_then {
    ($answer:ident { any json $kind:ty }) => {
        /// Answers with a status of the caller's.
        pub fn $answer(self, status: u16, value: &$kind) -> Self {
            Self($crate::mocked::answer_json(self.0, status, value))
        }
    };
    ($answer:ident { any bytes $media:literal }) => {
        /// Answers with a status of the caller's.
        pub fn $answer(self, status: u16, value: impl ::core::convert::AsRef<[u8]>) -> Self {
            Self($crate::mocked::answer_bytes(self.0, status, $media, value.as_ref()))
        }
    };
    ($answer:ident { any }) => {
        /// Answers with a status of the caller's.
        pub fn $answer(self, status: u16) -> Self {
            Self(self.0.status(status))
        }
    };
    ($answer:ident { $status:literal json $kind:ty }) => {
        #[doc = ::core::concat!("Answers ", $status, ".")]
        pub fn $answer(self, value: &$kind) -> Self {
            Self($crate::mocked::answer_json(self.0, $status, value))
        }
    };
    ($answer:ident { $status:literal bytes $media:literal }) => {
        #[doc = ::core::concat!("Answers ", $status, ".")]
        pub fn $answer(self, value: impl ::core::convert::AsRef<[u8]>) -> Self {
            Self($crate::mocked::answer_bytes(self.0, $status, $media, value.as_ref()))
        }
    };
    ($answer:ident { $status:literal }) => {
        #[doc = ::core::concat!("Answers ", $status, ".")]
        pub fn $answer(self) -> Self {
            Self(self.0.status($status))
        }
    };
}
