//! The customer's way back: what the query of `return_url` says.

use serde::Deserialize;

use crate::error::ParseError;

/// Why the customer comes back without having paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum ReturnError {
    /// The customer cancelled: `cancelled`.
    Cancelled,
    /// The payment was not authorized: `authorization`.
    Authorization,
    /// The payment was refused, or broke: `failed`.
    Failed,
    /// It is authorized, and capturing it at once failed: `capture`.
    Capture,
    /// One that this version does not know, as it came.
    Other(String),
}

impl From<String> for ReturnError {
    fn from(text: String) -> Self {
        match text.as_str() {
            "cancelled" => Self::Cancelled,
            "authorization" => Self::Authorization,
            "failed" => Self::Failed,
            "capture" => Self::Capture,
            _ => Self::Other(text),
        }
    }
}

/// What the query of `return_url` says when the customer comes back.
///
/// It is not signed and comes from a browser: anybody can write it. It serves to choose the page that is shown; whether
/// the order is paid for is for the transaction to say, read through the client.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Return {
    /// The transaction, where there is one. One that is on hold has an id too, and nothing is paid.
    pub transaction_id: Option<String>,
    /// The shop's own reference of the order.
    pub merchant_reference: Option<String>,
    /// The checkout session.
    pub session_id: Option<String>,
    /// Why the payment did not come about.
    pub error: Option<ReturnError>,
}

/// The customer's way back, from an address or a path with a query.
///
/// ```
/// use dintero_events::{ReturnError, parse_return};
///
/// let back = parse_return("/thanks?merchant_reference=order-1&error=cancelled")?;
/// assert_eq!(back.error, Some(ReturnError::Cancelled));
/// assert_eq!(back.merchant_reference.as_deref(), Some("order-1"));
/// # Ok::<(), dintero_events::ParseError>(())
/// ```
///
/// # Errors
/// A parameter does not fit. The error keeps the query.
pub fn parse_return(url: &str) -> Result<Return, ParseError> {
    crate::parse_query(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_back_is_read() {
        let back = parse_return("https://shop.example/thanks?own=1&transaction_id=t&merchant_reference=o+1").unwrap();
        assert_eq!((back.transaction_id.as_deref(), back.merchant_reference.as_deref()), (Some("t"), Some("o 1")));
        assert_eq!(back.error, None);
        let error = |text: &str| parse_return(&format!("/thanks?error={text}")).unwrap().error;
        assert_eq!(error("failed"), Some(ReturnError::Failed));
        assert_eq!(error("new"), Some(ReturnError::Other("new".into())));
        assert_eq!(parse_return("/thanks").unwrap().merchant_reference, None);
    }
}
