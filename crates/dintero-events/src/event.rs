//! From a delivery to its event.

use std::borrow::Cow;

use dintero_types::reading::{self, How};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::{Event, Headers, error::ParseError};

/// The event of a delivery; verify it before.
///
/// The header `event` chooses the type, and must be what the body says of itself: no signature covers the header. An
/// event without a published payload, or one that is new, is [`Event::Other`]; where the body of such a one does not
/// say which event it is, its name is the header's word alone.
///
/// # Errors
/// The header is missing, or the body is another event's, does not say which, or does not fit. The error keeps the
/// body.
pub fn parse(headers: &Headers<'_>, body: &[u8]) -> Result<Event, ParseError> {
    parse_as(headers, body)
}

/// An enum of events.
pub(crate) trait Events: Sized {
    fn decode(name: &str, body: &[u8]) -> Result<Self, serde_json::Error>;
    /// Whether it is none that has a payload.
    fn is_other(&self) -> bool;
}

fn parse_as<E: Events>(headers: &Headers<'_>, body: &[u8]) -> Result<E, ParseError> {
    let name = headers.event().ok_or_else(|| ParseError::no_event(body))?;
    let event = E::decode(name, body).map_err(|why| ParseError::payload(&crate::error::quoted(name), &why, body))?;
    // What is no object says nothing of itself.
    match serde_json::from_slice(body).unwrap_or(Said::Nothing) {
        Said::Event(own) if own == name => Ok(event),
        Said::Event(own) => Err(ParseError::other_event(name, &own, body)),
        Said::Twice => Err(ParseError::unproven(name, "its body says twice which event it is", body)),
        Said::NoText => Err(ParseError::unproven(name, "its body does not say as a text which event it is", body)),
        Said::Nothing if event.is_other() => Ok(event),
        Said::Nothing => Err(ParseError::unproven(name, "its body does not say which event it is", body)),
    }
}

/// A payload. No optional field fails it: one that is not as described reads as absent, and what came is with the unknown
/// fields of its object.
pub(crate) fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    reading::read(body, How::default(), |body| serde_json::from_slice(body)).map(|reading| reading.value)
}

/// What a body says of itself.
enum Said {
    Nothing,
    Event(String),
    Twice,
    NoText,
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SaidVisitor)
    }
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = Said;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Said, A::Error> {
        let mut said = Said::Nothing;
        while let Some(name) = fields.next_key::<String>()? {
            if name != "event" {
                fields.next_value::<IgnoredAny>()?;
                continue;
            }
            let own = match fields.next_value()? {
                Value::String(own) => Said::Event(own),
                _ => Said::NoText,
            };
            said = if matches!(said, Said::Nothing) { own } else { Said::Twice };
        }
        Ok(said)
    }
}

fn nothing() -> String {
    "null".to_owned()
}

/// The text of a body, so that numbers keep their digits.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    dintero_types::__private::text(deserializer).map(Cow::into_owned)
}

/// The enum of all events with a payload, from its list; `Other` is what is not in it.
macro_rules! events {
    ($( $(#[$meta:meta])* $variant:ident = $name:literal: $payload:ty, )*) => {
        /// An event, with its payload.
        ///
        /// For a queue it is written as `{"event": .., "body": ..}` and read back from that, fields that the payload's
        /// type does not know included.
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            $( $(#[$meta])* $variant(::std::boxed::Box<$payload>), )*
            /// An event whose payload is not published, or that this version does not know.
            Other {
                /// Its type, as in the header `event`.
                event: ::std::string::String,
                /// Its JSON; a text if it is none, null if it is empty.
                body: ::serde_json::Value,
            },
        }

        impl Event {
            /// The types of events that have a payload here.
            pub const TYPED: &'static [&'static str] = &[$($name),*];

            /// Its type, as in the header `event`.
            pub fn name(&self) -> &str {
                match self {
                    $( Self::$variant(_) => $name, )*
                    Self::Other { event, .. } => event,
                }
            }

            fn from_queue(event: ::std::string::String, body: &::std::primitive::str)
            -> ::core::result::Result<Self, ::serde_json::Error> {
                ::core::result::Result::Ok(match event.as_str() {
                    $( $name => Self::$variant(::std::boxed::Box::new($crate::event::read(body.as_bytes())?)), )*
                    _ => Self::Other { event, body: ::serde_json::from_str(body)? },
                })
            }
        }

        impl $crate::event::Events for Event {
            fn decode(name: &str, body: &[u8]) -> ::core::result::Result<Self, ::serde_json::Error> {
                ::core::result::Result::Ok(match name {
                    $( $name => Self::$variant(::std::boxed::Box::new($crate::event::read(body)?)), )*
                    _ => Self::Other { event: name.to_owned(), body: ::dintero_types::__private::any_body(body) },
                })
            }

            fn is_other(&self) -> bool {
                ::core::matches!(self, Self::Other { .. })
            }
        }

        impl ::core::fmt::Debug for Event {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    $( Self::$variant(payload) => {
                        f.debug_tuple(::core::stringify!($variant)).field(payload).finish()
                    } )*
                    Self::Other { event, body } => {
                        ::core::write!(f, "{event:?}: ")?;
                        ::dintero_types::__private::debug_other(f, body)
                    }
                }
            }
        }

        impl ::serde::Serialize for Event {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeStruct;
                let mut queued = serializer.serialize_struct("Event", 2)?;
                queued.serialize_field("event", self.name())?;
                match self {
                    $( Self::$variant(payload) => queued.serialize_field("body", payload)?, )*
                    Self::Other { body, .. } => queued.serialize_field("body", body)?,
                }
                queued.end()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for Event {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                let $crate::event::Queued { event, body } = ::serde::Deserialize::deserialize(deserializer)?;
                Self::from_queue(event, &body).map_err(|why| {
                    <D::Error as ::serde::de::Error>::custom(::dintero_types::json_path::without_values(&why))
                })
            }
        }
    };
}

pub(crate) use events;

/// An event as it is written for a queue.
#[derive(serde::Deserialize)]
pub(crate) struct Queued {
    pub(crate) event: String,
    #[serde(default = "nothing", deserialize_with = "text")]
    pub(crate) body: String,
}

#[cfg(test)]
mod tests;
