//! For the tests of a shop: signatures as Dintero makes them, and a sample of each event.

use std::time::{SystemTime, UNIX_EPOCH};

use dintero_types::AccountId;

use crate::{dintero_signature, error::SignatureError, event_signature};

pub use crate::samples::sample;

/// The header `event-signature` of a body.
///
/// ```
/// use dintero_webhook::{EventVerifier, Headers, testing::sign_event};
///
/// let signature = sign_event("secret", b"{}");
/// let headers = Headers::new(|name| (name == "event-signature").then_some(signature.as_bytes()));
/// assert_eq!(EventVerifier::hmac_sha1(["secret"])?.verify(&headers, b"{}"), Ok(()));
/// # Ok::<(), dintero_webhook::BadSecret>(())
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
