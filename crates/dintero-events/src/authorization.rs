//! Scheme of subscriptions with a fixed `Authorization` header, which is all that vouches for the delivery.

use subtle::ConstantTimeEq;

use crate::{error::SignatureError, secrets::Secrets};

pub(crate) const HEADER: &str = "authorization";

/// The scheme of subscriptions with an AWS secret, which this crate does not verify.
const AWS4: &str = "AWS4-HMAC-SHA256";

/// Whether the header is signed the AWS way.
pub(crate) fn is_aws4(header: &[u8]) -> bool {
    let header = header.trim_ascii_start();
    header.get(..AWS4.len()).is_some_and(|start| start.eq_ignore_ascii_case(AWS4.as_bytes()))
}

/// Compared in constant time; only the length shows.
pub(crate) fn verify(values: &Secrets, header: Option<&[u8]>) -> Result<(), SignatureError> {
    let header = header.ok_or(SignatureError::Missing { header: HEADER })?;
    if header.is_empty() {
        return Err(SignatureError::Empty { header: HEADER });
    }
    if is_aws4(header) {
        return Err(SignatureError::Aws4);
    }
    match values.any(|value| value.ct_eq(header).into()) {
        true => Ok(()),
        false => Err(SignatureError::Mismatch { header: HEADER }),
    }
}
