//! Scheme of subscriptions with an HMAC secret: `event-signature` is the hex HMAC-SHA1 of the raw body.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::{error::SignatureError, hex, secrets::Secrets};

pub(crate) const HEADER: &str = "event-signature";

/// Compared in constant time.
pub(crate) fn verify(secrets: &Secrets, signature: Option<&[u8]>, body: &[u8]) -> Result<(), SignatureError> {
    let signature = signature.ok_or(SignatureError::Missing { header: HEADER })?;
    let signature: [u8; 20] = hex::decode(HEADER, signature)?;
    match secrets.any(|secret| mac(secret, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok())) {
        true => Ok(()),
        false => Err(SignatureError::Mismatch { header: HEADER }),
    }
}

/// The header's text.
pub(crate) fn sign(secret: &[u8], body: &[u8]) -> String {
    mac(secret, body).map(|mac| hex::encode(&mac.finalize().into_bytes())).unwrap_or_default()
}

fn mac(secret: &[u8], body: &[u8]) -> Option<Hmac<Sha1>> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(body);
    Some(mac)
}
