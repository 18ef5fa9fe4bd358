//! For the tests of a shop: signatures as Dintero makes them, and a sample of each event.

use std::time::{SystemTime, UNIX_EPOCH};

use dintero_types::AccountId;

use crate::{dintero_signature, error::SignatureError, event_signature};

pub use crate::samples::sample;

/// The sample of an event with values of one's own, by their JSON pointers, so that it fits what a shop or a mock has.
/// None for an event without a sample.
///
/// ```
/// use dintero_events::testing::sample_with;
///
/// let body = sample_with("checkout_transaction", &[("/transaction/id", "T12345678.abc")]);
/// assert!(body.is_none_or(|body| body.contains("T12345678.abc")));
/// ```
pub fn sample_with(event: &str, values: &[(&str, &str)]) -> Option<String> {
    let mut body: serde_json::Value = serde_json::from_str(sample(event)?).ok()?;
    for (pointer, value) in values {
        match body.pointer_mut(pointer) {
            Some(place) => *place = (*value).into(),
            // A field that the sample does not have yet.
            None => {
                let (parent, name) = pointer.rsplit_once('/')?;
                body.pointer_mut(parent)?.as_object_mut()?.insert(name.to_owned(), (*value).into());
            }
        }
    }
    Some(body.to_string())
}

/// The header `event-signature` of a body.
///
/// ```
/// use dintero_events::{EventVerifier, Headers, testing::sign_event};
///
/// let signature = sign_event("secret", b"{}");
/// let headers = Headers::new(|name| (name == "event-signature").then_some(signature.as_bytes()));
/// assert_eq!(EventVerifier::hmac_sha1(["secret"])?.verify(&headers, b"{}"), Ok(()));
/// # Ok::<(), dintero_events::BadSecret>(())
/// ```
pub fn sign_event(secret: &str, body: &[u8]) -> String {
    event_signature::sign(secret.as_bytes(), body)
}

/// The header `Dintero-Signature` of a request to a public address, made at a time.
///
/// # Errors
/// The address is none.
pub fn sign_callback(
    secret: &str,
    account: &AccountId,
    method: &str,
    url: &str,
    time: SystemTime,
) -> Result<String, SignatureError> {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    dintero_signature::sign(secret.as_bytes(), account, method, url, seconds)
}
