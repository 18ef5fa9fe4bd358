//! Files, which only multipart bodies hold.

use std::{
    cell::{Cell, RefCell},
    fmt,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::Value;

/// A file in a multipart body.
///
/// ```
/// use dintero_types::Upload;
///
/// let logo = Upload::new(b"<svg/>".to_vec()).file_name("logo.svg").media_type("image/svg+xml");
/// # let _ = logo;
/// ```
#[derive(Clone, PartialEq)]
pub struct Upload {
    bytes: Arc<[u8]>,
    file_name: Option<String>,
    media_type: Option<String>,
}

impl Upload {
    /// What the file holds. It is sent as `application/octet-stream` under the name `file` unless another is set.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into().into(), file_name: None, media_type: None }
    }

    /// The file name that the service gets.
    #[must_use]
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// What kind of file it is, such as `image/png`.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Content, name and media type as they are sent.
    #[doc(hidden)]
    pub fn parts(&self) -> (&[u8], &str, &str) {
        let name = self.file_name.as_deref().unwrap_or("file");
        (&self.bytes, name, self.media_type.as_deref().unwrap_or("application/octet-stream"))
    }
}

impl From<Vec<u8>> for Upload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({:?}, {} bytes)", self.file_name.as_deref().unwrap_or_default(), self.bytes.len())
    }
}

thread_local! {
    /// The files of the body that is being written on this thread: JSON, which carries the other fields, cannot hold
    /// bytes, so a file leaves its number there.
    static FILES: RefCell<Option<Vec<Upload>>> = const { RefCell::new(None) };
}

thread_local! {
    /// Whether a text is read as a file on this thread.
    static TEXTS: Cell<bool> = const { Cell::new(false) };
}

/// Key of a file's number.
const NUMBER: &str = "\u{0}upload";

/// A value as JSON in which every file is a number of the list. For the client's multipart bodies.
///
/// # Errors
/// The value has no JSON form.
pub fn with_files<T: Serialize>(value: &T) -> Result<(Value, Vec<Upload>), serde_json::Error> {
    FILES.set(Some(Vec::new()));
    let written = serde_json::to_value(value);
    let files = FILES.take().unwrap_or_default();
    written.map(|value| (value, files))
}

/// Reads with every text that stands for a file as what the file holds: for tests, which make bodies from data.
pub fn files_of_texts<T>(read: impl FnOnce() -> T) -> T {
    TEXTS.set(true);
    let read = read();
    TEXTS.set(false);
    read
}

/// The file that stands here.
pub fn file_at<'a>(value: &Value, files: &'a [Upload]) -> Option<&'a Upload> {
    files.get(usize::try_from(value.get(NUMBER)?.as_u64()?).ok()?)
}

impl Serialize for Upload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = FILES.with_borrow_mut(|files| {
            let files = files.as_mut()?;
            files.push(self.clone());
            Some(files.len() - 1)
        });
        match number {
            Some(number) => serializer.collect_map([(NUMBER, number)]),
            None => Err(S::Error::custom("a file can only be sent in a multipart body")),
        }
    }
}

impl<'de> Deserialize<'de> for Upload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if TEXTS.get() {
            return String::deserialize(deserializer).map(|text| Self::new(text.into_bytes()));
        }
        Err(D::Error::custom("a file of a multipart body is sent and never read"))
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Upload {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Upload".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "binary"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_file_goes_nowhere_but_into_a_multipart_body() {
        let why = serde_json::to_string(&Upload::new(Vec::new())).unwrap_err().to_string();
        assert!(why.contains("only be sent in a multipart body"), "{why}");
        assert!(serde_json::from_str::<Upload>("\"x\"").is_err());
        assert!(!format!("{:?}", Upload::new(b"secret".to_vec())).contains("secret"));
    }

    #[test]
    fn a_text_is_a_file_only_where_that_is_asked_for() {
        let read = files_of_texts(|| serde_json::from_str::<Upload>("\"x\""));
        assert_eq!(read.expect("a file"), Upload::new(b"x".to_vec()));
        assert!(serde_json::from_str::<Upload>("\"x\"").is_err());
    }

    #[test]
    fn files_leave_their_number() {
        let (value, files) = with_files(&vec![Upload::new(b"1".to_vec()), Upload::new(b"2".to_vec())]).unwrap();
        assert_eq!(file_at(&value[1], &files), Some(&Upload::new(b"2".to_vec())));
        assert_eq!(file_at(&json!({"a": 1}), &files), None);
        // What failed leaves nothing behind.
        assert!(with_files(&std::collections::BTreeMap::from([(vec![1], Upload::new(Vec::new()))])).is_err());
        assert!(serde_json::to_string(&Upload::new(Vec::new())).is_err());
    }
}
