//! One operation with what it is given, called on both sides.

use std::future::Future;
use std::pin::Pin;

use dintero_client::{Operation, Transport, reqwest};
use dintero_judge::Recorder;
use dintero_mock::sample::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::table::Kind;

/// A call of both sides, from the generated lines.
pub struct Case {
    pub operation: &'static Operation,
    /// Place and wire name of what progenitor is given, and whether it is a list that goes out as one value.
    pub told: &'static [(&'static str, &'static str, bool)],
    /// Place and wire name of what it cannot be given, and why.
    pub untold: &'static [(&'static str, &'static str, Kind)],
    pub send: Send,
}

pub type Send = fn(Given) -> Pin<Box<dyn Future<Output = Outcome>>>;

/// What came of a call: what cannot be given, and the errors of both sides. Ours is answered, progenitor's never.
pub struct Outcome {
    pub problems: Vec<String>,
    pub ours: String,
    pub theirs: String,
}

/// A value, for each side.
pub struct Both<T> {
    pub ours: Option<T>,
    pub theirs: Option<T>,
}

impl<T: Clone> Both<T> {
    fn of(value: Option<T>) -> Self {
        Self { ours: value.clone(), theirs: value }
    }
}

/// What an operation is called with, and whom.
pub struct Given {
    pub transport: Transport,
    /// Server and path that progenitor's client begins with: it takes no servers from a document.
    pub base: String,
    pub http: reqwest::Client,
    pub recorder: Recorder,
    pub request: Request,
    /// A body for progenitor, which cannot do without.
    pub spare: Option<Value>,
    /// Put after each text; with it, a list has its first item twice.
    pub suffix: &'static str,
    pub problems: Vec<String>,
}

// Not every place stands in every set of documents.
#[allow(dead_code)]
impl Given {
    pub fn path<T: DeserializeOwned + Clone>(&mut self, name: &str, required: bool) -> Both<T> {
        let value = self.request.path.remove(name);
        Both::of(self.read("path parameter", name, value, self.suffix, required))
    }

    /// Only an id of an account is taken.
    pub fn account<T: DeserializeOwned + Clone>(&mut self, name: &str, required: bool) -> Both<T> {
        let value = self.request.path.remove(name);
        Both::of(self.read("path parameter", name, value, "", required))
    }

    pub fn query<T: DeserializeOwned + Clone>(&mut self, name: &str, required: bool) -> Both<T> {
        let value = self.request.query.remove(name);
        Both::of(self.read("query parameter", name, value, self.suffix, required))
    }

    pub fn header<T: DeserializeOwned + Clone>(&mut self, name: &str, required: bool) -> Both<T> {
        let found = self.request.headers.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        let value = found.and_then(|name| self.request.headers.remove(&name));
        Both::of(self.read("header", name, value, self.suffix, required))
    }

    /// What no cookie can hold is refused.
    pub fn cookie<T: DeserializeOwned + Clone>(&mut self, name: &str, required: bool) -> Both<T> {
        let value = self.request.cookies.remove(name);
        Both::of(self.read("cookie", name, value, "", required))
    }

    pub fn body<T: DeserializeOwned + Clone>(&mut self, _: &str, _: bool) -> Both<T> {
        let value = self.request.body.take().map(|body| body.value);
        let ours = self.read("the", "body", value, self.suffix, false);
        let spare = self.spare.take();
        let theirs = ours.clone().or_else(|| self.read("the", "body", spare, "", false));
        Both { ours, theirs }
    }

    /// A body of bytes.
    pub fn bytes<T: From<Vec<u8>> + Clone>(&mut self, _: &str, _: bool) -> Both<T> {
        let value = self.request.body.take().map(|body| body.value);
        let text = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        Both::of(text.map(|text| text.into_bytes().into()))
    }

    /// A multipart body of any fields.
    pub fn parts<T: Default + Clone>(&mut self, _: &str, _: bool) -> Both<T> {
        Both::of(self.request.body.take().map(|_| T::default()))
    }

    /// A multipart body with a type: its files are sent and never read, so there is none to be had.
    pub fn multipart<T: Clone>(&mut self, _: &str, _: bool) -> Both<T> {
        self.request.body = None;
        Both::of(None)
    }

    fn read<T: DeserializeOwned>(
        &mut self,
        what: &str,
        name: &str,
        value: Option<Value>,
        suffix: &str,
        required: bool,
    ) -> Option<T> {
        // One that the document only implies, such as a step of the path, has no sample.
        let mut value = value.or_else(|| required.then(|| "text-implied".into()))?;
        if !suffix.is_empty() {
            let mut changed = value.clone();
            put_after(&mut changed, suffix, &|_| true);
            // A date takes nothing more.
            if let Ok(read) = serde_json::from_value(changed) {
                return Some(read);
            }
            // The sampler begins a text that is nothing but a text like this.
            put_after(&mut value, suffix, &|text| text.starts_with("text-"));
        }
        match serde_json::from_value(value.clone()) {
            Ok(read) => Some(read),
            Err(why) => {
                self.problems.push(format!("{what} `{name}`: its type does not take {value}: {why}"));
                None
            }
        }
    }
}

fn put_after(value: &mut Value, suffix: &str, asked: &dyn Fn(&str) -> bool) {
    match value {
        Value::String(text) if asked(text) => text.push_str(suffix),
        Value::Array(list) => {
            list.truncate(1);
            list.iter_mut().for_each(|item| put_after(item, suffix, asked));
            list.extend_from_within(..);
        }
        Value::Object(map) => map.values_mut().for_each(|field| put_after(field, suffix, asked)),
        _ => {}
    }
}

/// Whether it is a list that goes out as one value.
macro_rules! is_list {
    (required_list) => {
        true
    };
    (optional_list) => {
        true
    };
    ($how:ident) => {
        false
    };
}

/// Whether progenitor's function takes no absent value.
macro_rules! is_required {
    (optional) => {
        false
    };
    (optional_text) => {
        false
    };
    (optional_value) => {
        false
    };
    (optional_list) => {
        false
    };
    ($how:ident) => {
        true
    };
}

/// The value as the argument that progenitor's function takes.
macro_rules! argument {
    (required $value:expr) => {
        $value.as_ref().expect("given")
    };
    (required_value $value:expr) => {
        $value.clone().expect("given")
    };
    (required_list $value:expr) => {
        &$value.clone().expect("given").into()
    };
    (optional $value:expr) => {
        $value.as_ref()
    };
    (optional_text $value:expr) => {
        $value.as_deref()
    };
    (optional_value $value:expr) => {
        $value.clone()
    };
    (optional_list $value:expr) => {
        $value.clone().map(Into::into).as_ref()
    };
}

/// The generated lines: for each operation what progenitor takes, in its order, and then what only we take.
macro_rules! judged {
    (
        $package:ident $module:ident;
        $( $name:ident $table:ident {
            $( $place:ident $wire:literal $setter:ident: $kind:ty => $how:ident; )*
        } without {
            $( $untold_place:ident $untold_wire:literal $untold:ident: $untold_kind:ty => $why:ident; )*
        } given ( $( $given:ident ),* ) as ( $( $argument:expr ),* ) may ( $( $may:ident ),* ) )*
    ) => {
        pub const CASES: &[crate::case::Case] = &[ $(
            crate::case::Case {
                operation: &$package::operations::$table,
                told: &[ $( (stringify!($place), $wire, is_list!($how)) ),* ],
                untold: &[ $( (stringify!($untold_place), $untold_wire, crate::table::Kind::$why) ),* ],
                #[allow(unused_mut, deprecated)]
                send: |mut given| Box::pin(async move {
                    $( let $setter = given.$place::<$kind>($wire, is_required!($how)); )*
                    $( let $untold = given.$untold_place::<$untold_kind>($untold_wire, false); )*
                    let mut outcome = crate::case::Outcome {
                        problems: given.problems,
                        ours: String::new(),
                        theirs: String::new(),
                    };
                    if !outcome.problems.is_empty() {
                        return outcome;
                    }
                    let client = dintero_judge::clients::$module::Client::new_with_client(
                        &given.base, given.http, given.recorder,
                    );
                    if let Err(why) = client.$name( $( argument!($how $setter.theirs) ),* ).await {
                        outcome.theirs = why.to_string();
                    }
                    $(
                        let Some($given) = $given.ours else {
                            outcome.ours = concat!("there is no value for `", stringify!($given), "`").to_owned();
                            return outcome;
                        };
                    )*
                    let mut call = $package::Client::new(given.transport).$name($($argument),*);
                    $( if let Some(value) = $may.ours { call = call.$may(value); } )*
                    if let Err(why) = call.send().await {
                        outcome.ours = why.to_string();
                    }
                    outcome
                }),
            }
        ),* ];
    };
}
