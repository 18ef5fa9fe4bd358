//! One call: what it is given, as JSON, and what came of it.

use dintero_client::serde_json::{self, Map, Value};
use dintero_client::{Error, FromStatus, Multipart, Response, Transport, Upload};
use dintero_mock::sample::Request;
use dintero_types::__private;
use dintero_types::json_path;
use dintero_types::reading::{self, How};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::same::differences;

/// Reads an answer's body into its type and writes it again.
pub type Reread = fn(u16, &[u8]) -> Result<Option<Value>, serde_json::Error>;

/// The same as the client reads: what is written again and the paths that read as absent, or the path of the failure.
pub type Lenient = fn(u16, &[u8]) -> Result<(Option<Value>, Vec<String>), (String, String)>;

/// What an operation is called with.
pub struct Given {
    transport: Transport,
    request: Request,
    problems: Vec<String>,
}

/// What came of it.
pub struct Exchange {
    pub problems: Vec<String>,
    /// None for an answer that is no JSON.
    pub reread: Option<Reread>,
    pub lenient: Option<Lenient>,
}

// Not every kind of body and answer stands in every set of documents.
#[allow(dead_code)]
impl Given {
    pub fn new(transport: Transport, request: Request) -> Self {
        Self { transport, request, problems: Vec::new() }
    }

    pub fn transport(&self) -> Transport {
        self.transport.clone()
    }

    pub fn path<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.request.path.remove(name);
        self.read("path parameter", name, value)
    }

    pub fn query<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.request.query.remove(name);
        self.read("query parameter", name, value)
    }

    pub fn header<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let found = self.request.headers.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
        let value = found.and_then(|name| self.request.headers.remove(&name));
        self.read("header", name, value)
    }

    pub fn cookie<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let value = self.request.cookies.remove(name);
        self.read("cookie", name, value)
    }

    /// A body with a type: what the type does not keep would not be sent.
    pub fn body<T: DeserializeOwned + Serialize>(&mut self, name: &str) -> Option<T> {
        let value = self.request.body.take()?.value;
        let read: T = __private::files_of_texts(|| self.read("request", name, Some(value.clone())))?;
        match __private::with_files(&read) {
            Ok((mut written, files)) => {
                texts_of_files(&mut written, &files);
                let lost = differences(&value, &written);
                self.problems
                    .extend(lost.into_iter().map(|what| format!("request body, as its type writes it: {what}")));
            }
            Err(why) => self.problems.push(format!("request body: its type cannot be written: {why}")),
        }
        Some(read)
    }

    /// A multipart body of any fields: texts go as fields, all else as a file.
    pub fn parts<T: From<Multipart>>(&mut self, _: &str) -> Option<T> {
        let value = self.request.body.take()?.value;
        let mut body = Multipart::new();
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    body = match value {
                        Value::String(text) => body.field(name, text),
                        other => body.file(name, Upload::new(other.to_string().into_bytes())),
                    };
                }
            }
            other => body = body.file("file", Upload::new(other.to_string().into_bytes())),
        }
        Some(body.into())
    }

    /// A body of bytes.
    pub fn bytes<T: From<Vec<u8>>>(&mut self, _: &str) -> Option<T> {
        let value = self.request.body.take()?.value;
        let bytes = value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes();
        Some(bytes.into())
    }

    fn read<T: DeserializeOwned>(&mut self, what: &str, name: &str, value: Option<Value>) -> Option<T> {
        let value = value?;
        match serde_json::from_value(value.clone()) {
            Ok(read) => Some(read),
            Err(why) => {
                self.problems.push(format!("{what} `{name}`: its type does not take {value}: {why}"));
                None
            }
        }
    }

    pub fn json<T: DeserializeOwned + Serialize>(self, answer: Result<Response<T>, Error>) -> Exchange {
        let lenient: Lenient = |_, body| {
            leniently(body, |body| serde_json::from_slice::<T>(body))
                .map(|(value, unread)| (serde_json::to_value(value).ok(), unread))
        };
        self.done(answer.err(), Some(|_, body| round_trip::<T>(body).map(Some)), Some(lenient))
    }

    pub fn by_status<T: FromStatus>(self, answer: Result<Response<T>, Error>) -> Exchange {
        let lenient: Lenient =
            |status, body| leniently(body, |body| T::from_status(status, body)).map(|(_, unread)| (None, unread));
        self.done(answer.err(), Some(|status, body| T::from_status(status, body).map(|_| None)), Some(lenient))
    }

    pub fn other<T>(self, answer: Result<Response<T>, Error>) -> Exchange {
        self.done(answer.err(), None, None)
    }

    /// Nothing was sent: the method cannot be called without this.
    pub fn lacks(mut self, name: &str) -> Exchange {
        self.problems.push(format!("`{name}` is an argument of the method, and there is no value for it"));
        Exchange { problems: self.problems, reread: None, lenient: None }
    }

    fn done(mut self, error: Option<Error>, reread: Option<Reread>, lenient: Option<Lenient>) -> Exchange {
        if let Some(error) = error {
            let body = String::from_utf8_lossy(error.body()).chars().take(2_000).collect::<String>();
            self.problems.push(format!("{error}\n    {body}"));
        }
        let left = |what: &str, map: &Map<String, Value>| {
            map.keys().map(|name| format!("no setter takes {what} `{name}`")).collect::<Vec<_>>()
        };
        self.problems.extend(left("path parameter", &self.request.path));
        self.problems.extend(left("query parameter", &self.request.query));
        self.problems.extend(left("header", &self.request.headers));
        self.problems.extend(left("cookie", &self.request.cookies));
        if self.request.body.is_some() {
            self.problems.push("no setter takes the body".into());
        }
        Exchange { problems: self.problems, reread, lenient }
    }
}

/// Each file as the text that it was made from.
fn texts_of_files(value: &mut Value, files: &[Upload]) {
    if let Some(file) = __private::file_at(value, files) {
        *value = String::from_utf8_lossy(file.parts().0).into_owned().into();
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| texts_of_files(value, files)),
        Value::Array(items) => items.iter_mut().for_each(|value| texts_of_files(value, files)),
        _ => {}
    }
}

fn leniently<T>(
    body: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<(T, Vec<String>), (String, String)> {
    let reading = reading::read(body, How::default(), decode)
        .map_err(|why| (json_path::of_failure(body, &why), json_path::without_values(&why)))?;
    Ok((reading.value, reading.unread.into_iter().map(|unread| unread.path).collect()))
}

fn round_trip<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, serde_json::Error> {
    let read: T = serde_json::from_slice(body)?;
    serde_json::to_value(read)
}
