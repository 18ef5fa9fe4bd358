//! Why a request is not believed, or not understood.

use std::{error::Error, fmt, time::Duration};

/// A verifier was given secrets that prove nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadSecret {
    /// There is none.
    None,
    /// One is empty, or of blanks and control characters alone: everybody can sign with it.
    Blank,
    /// One has a control character, such as a line break or NUL: no secret of Dintero's has, and signatures do not tell
    /// one that ends in NULs from the same without.
    Control,
    /// The value of a header begins or ends with a blank: headers come without, so that nothing would ever fit.
    Padded,
}

impl fmt::Display for BadSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "there is no secret to verify with; give those that Dintero has",
            Self::Blank => {
                "a secret is empty or of blanks alone, and everybody could sign with it; look whether the variable or \
                 file that it comes from is set"
            }
            Self::Control => {
                "a secret has a control character, a line break at its end perhaps; take it out (`trim` does, of a file)"
            }
            Self::Padded => "the value of a header begins or ends with a blank, and headers come without; take it off (`trim` does)",
        })
    }
}

impl Error for BadSecret {}

/// Why a request is not believed to come from Dintero.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The header is not there.
    Missing {
        /// Its name.
        header: &'static str,
    },
    /// The header, or the signature in it, is empty.
    Empty {
        /// Its name.
        header: &'static str,
    },
    /// The signature has an odd number of digits.
    OddLength {
        /// Name of the header.
        header: &'static str,
        /// How many there are.
        digits: usize,
    },
    /// The signature has too many digits, or too few.
    WrongLength {
        /// Name of the header.
        header: &'static str,
        /// How many there are.
        digits: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The signature is not hexadecimal.
    NotHex {
        /// Name of the header.
        header: &'static str,
    },
    /// The header is not built as it should be.
    Malformed {
        /// Its name.
        header: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// No signature is of a version that is known here.
    UnknownVersion {
        /// Name of the header.
        header: &'static str,
    },
    /// The signature is of something else, or made with another secret.
    Mismatch {
        /// Name of the header.
        header: &'static str,
    },
    /// The signature is right and too old: perhaps the request was recorded and is sent again.
    Expired {
        /// How old it is.
        age: Duration,
    },
    /// The signature is right and of a time to come: a clock is wrong.
    Early {
        /// How far ahead it is.
        ahead: Duration,
    },
    /// Signed with AWS4-HMAC-SHA256, which this crate does not verify.
    Aws4,
    /// The public address that was given is no address, so that nothing can be said of the signature.
    Url {
        /// Why not.
        reason: String,
    },
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { header } => write!(f, "the header `{header}` is missing"),
            Self::Empty { header } => write!(f, "the signature in `{header}` is empty"),
            Self::OddLength { header, digits } => {
                write!(f, "the signature in `{header}` has {digits} digits, an odd number")
            }
            Self::WrongLength { header, digits, expected } => {
                write!(f, "the signature in `{header}` has {digits} digits instead of {expected}")
            }
            Self::NotHex { header } => write!(f, "the signature in `{header}` is not hexadecimal"),
            Self::Malformed { header, reason } => write!(f, "the header `{header}` cannot be read: {reason}"),
            Self::UnknownVersion { header } => {
                write!(f, "the header `{header}` has no signature of a version that is known here")
            }
            Self::Mismatch { header } => write!(
                f,
                "the signature in `{header}` is not that of this request; check the secret, the account and the public address, and that the body is the one received"
            ),
            Self::Expired { age } => write!(f, "the signature is {} s old", age.as_secs()),
            Self::Early { ahead } => {
                write!(f, "the signature is {} s ahead of this machine's clock", ahead.as_secs())
            }
            Self::Aws4 => f.write_str(
                "the delivery is signed with AWS4-HMAC-SHA256, which is not supported; give the subscription a secret of the type HMAC-SHA1",
            ),
            Self::Url { reason } => write!(
                f,
                "the public address of the request is none ({reason}); give it whole, such as https://shop.example/callback?.."
            ),
        }
    }
}

impl Error for SignatureError {}

/// What kind of thing could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The header `event` is missing, or no text.
    NoEvent,
    /// The header `event` and the body name different events.
    OtherEvent,
    /// The body does not say which event it is, or says it in more than one way. The header alone vouches for nothing:
    /// no signature covers it.
    Unproven,
    /// The content is not what is published for it.
    Payload,
}

/// A request that came from Dintero, if it was verified, and cannot be understood. It keeps the content.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseError(Box<Parts>);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    kind: ParseErrorKind,
    subject: String,
    reason: String,
    path: String,
    raw: Vec<u8>,
}

/// Longest name of an event that is repeated in a message.
const NAME_LIMIT: usize = 60;

impl ParseError {
    pub(crate) fn no_event(raw: &[u8]) -> Self {
        let reason = "the header `event` is missing or no text".to_owned();
        Self::new(ParseErrorKind::NoEvent, "an event", reason, String::new(), raw)
    }

    pub(crate) fn other_event(event: &str, own: &str, raw: &[u8]) -> Self {
        let reason = format!("its body says that it is {}", quoted(own));
        Self::new(ParseErrorKind::OtherEvent, &quoted(event), reason, "$.event".into(), raw)
    }

    pub(crate) fn unproven(event: &str, why: &str, raw: &[u8]) -> Self {
        let reason = format!("{why}, and the header `event` is not signed");
        Self::new(ParseErrorKind::Unproven, &quoted(event), reason, "$.event".into(), raw)
    }

    /// Does not repeat the value that was met, which may be personal.
    pub(crate) fn payload(subject: &str, why: &serde_json::Error, raw: &[u8]) -> Self {
        let path = dintero_types::json_path::of_failure(raw, why);
        let reason = dintero_types::json_path::without_values(why);
        Self::new(ParseErrorKind::Payload, subject, reason, path, raw)
    }

    pub(crate) fn query(reason: String, raw: &[u8]) -> Self {
        Self::new(ParseErrorKind::Payload, "the query", reason, String::new(), raw)
    }

    fn new(kind: ParseErrorKind, subject: &str, reason: String, path: String, raw: &[u8]) -> Self {
        Self(Box::new(Parts { kind, subject: subject.to_owned(), reason, path, raw: raw.to_vec() }))
    }

    /// What kind of thing could not be understood.
    pub fn kind(&self) -> ParseErrorKind {
        self.0.kind
    }

    /// Where in the JSON, `$` for the whole; empty where there is no JSON.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The content as it came: the body, or for a query its text.
    pub fn raw(&self) -> &[u8] {
        &self.0.raw
    }
}

pub(crate) fn quoted(event: &str) -> String {
    match event.char_indices().nth(NAME_LIMIT) {
        Some((end, _)) => format!("{:?}..", event.get(..end).unwrap_or_default()),
        None => format!("{event:?}"),
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { subject, reason, path, .. } = &*self.0;
        write!(f, "{subject} cannot be understood")?;
        if !path.is_empty() {
            // Made of the keys of a body, which may be any text.
            write!(f, " at {}", path.escape_debug())?;
        }
        write!(f, ": {reason}")
    }
}

impl fmt::Debug for ParseError {
    // What is in the content may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParseError")
            .field("kind", &self.0.kind)
            .field("reason", &self.to_string())
            .field("raw", &format_args!("[{} bytes]", self.0.raw.len()))
            .finish()
    }
}

impl Error for ParseError {}
