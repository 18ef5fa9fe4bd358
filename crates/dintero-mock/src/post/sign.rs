//! Signatures as Dintero makes them. Written a second time, beside `dintero-events`, so that each proves the other.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use url::{Url, form_urlencoded};

/// The version of callback signatures.
pub(super) const CALLBACK_VERSION: &str = "v0-hmac-sha256";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The header `event-signature`: over the body.
pub(super) fn event(secret: &str, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    hex(&mac.finalize().into_bytes())
}

/// The header `Dintero-Signature`: over time, account, method, host, path, and the query sorted by name.
pub(super) fn callback(secret: &str, account: &str, method: &str, url: &str, time: u64) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    pairs.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let signed = format!("{time}\n{account}\n{method}\n{}\n{}\n{query}", url.host_str()?, url.path());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(format!("t={time},{CALLBACK_VERSION}={}", hex(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_signed_as_the_published_vectors_of_hmac_sha1_are() {
        // RFC 2202, second case.
        assert_eq!(event("Jefe", b"what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn the_order_of_the_query_does_not_matter_to_a_callback() {
        let sign = |url: &str| callback("secret", "T12345678", "GET", url, 1);
        let signature = sign("https://shop.example/back?b=1&a=x%20y").expect("a signature");
        assert_eq!(sign("https://shop.example:8443/back?a=x+y&b=1"), Some(signature.clone()));
        assert_ne!(sign("https://shop.example/back?a=x+y&b=2"), Some(signature));
        assert_eq!(sign("no address"), None);
    }
}
