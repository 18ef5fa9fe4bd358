//! One delivery of an event: its headers, and the scheme that vouches for it.

use secrecy::SecretString;

use crate::{
    authorization,
    error::{BadSecret, SignatureError},
    event_signature,
    secrets::Secrets,
};

/// The headers of a delivery that matter here, from whatever framework received it.
///
/// ```
/// use std::collections::HashMap;
///
/// let request: HashMap<&str, &str> = [("event", "ping"), ("event-delivery", "1")].into();
/// let headers = dintero_events::Headers::new(|name| request.get(name).map(|value| value.as_bytes()));
/// assert_eq!(headers.event(), Some("ping"));
/// ```
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    event: Option<&'a [u8]>,
    delivery: Option<&'a [u8]>,
    signature: Option<&'a [u8]>,
    authorization: Option<&'a [u8]>,
}

impl<'a> Headers<'a> {
    /// Asks for each header by its name in lower case.
    pub fn new(mut get: impl FnMut(&str) -> Option<&'a [u8]>) -> Self {
        Self {
            event: get("event"),
            delivery: get("event-delivery"),
            signature: get(event_signature::HEADER),
            authorization: get(authorization::HEADER),
        }
    }

    /// Type of the event. The signature does not cover it: [`parse`](crate::parse) holds it against the body.
    pub fn event(&self) -> Option<&'a str> {
        std::str::from_utf8(self.event?).ok().filter(|name| !name.is_empty())
    }

    /// Id of the delivery, the same when it is sent again: so it identifies what was handled already. Not signed either.
    pub fn delivery(&self) -> Option<&'a str> {
        std::str::from_utf8(self.delivery?).ok().filter(|id| !id.is_empty())
    }
}

impl std::fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Headers")
            .field("event", &self.event())
            .field("delivery", &self.delivery())
            .finish_non_exhaustive()
    }
}

/// Verifies the deliveries of a subscription.
///
/// Which scheme is right was chosen with the subscription's secret. Several secrets may be in force at once: give the
/// new one beside the old one, change the subscription, then take the old one away.
#[derive(Clone, Debug)]
pub struct EventVerifier(Scheme);

#[derive(Clone, Debug)]
enum Scheme {
    HmacSha1(Secrets),
    Authorization(Secrets),
}

impl EventVerifier {
    /// For secrets of the type `HMAC-SHA1`.
    ///
    /// # Errors
    /// There is no secret, or one that cannot be.
    pub fn hmac_sha1<I>(secrets: I) -> Result<Self, BadSecret>
    where
        I: IntoIterator,
        I::Item: Into<SecretString>,
    {
        Secrets::new(secrets).map(Scheme::HmacSha1).map(Self)
    }

    /// For secrets of the type `Authorization`: the whole values that the header may have.
    ///
    /// Nothing vouches for the body: whoever sees one delivery can send others.
    ///
    /// # Errors
    /// There is no value, or one that cannot be.
    pub fn authorization<I>(values: I) -> Result<Self, BadSecret>
    where
        I: IntoIterator,
        I::Item: Into<SecretString>,
    {
        Secrets::of_header(values).map(Scheme::Authorization).map(Self)
    }

    /// Whether Dintero sent this body, as it came over the wire.
    ///
    /// # Errors
    /// Tells what is wrong with the signature. A delivery that is signed with AWS4-HMAC-SHA256 is refused by name.
    pub fn verify(&self, headers: &Headers<'_>, body: &[u8]) -> Result<(), SignatureError> {
        match &self.0 {
            Scheme::HmacSha1(_)
                if headers.signature.is_none() && headers.authorization.is_some_and(authorization::is_aws4) =>
            {
                Err(SignatureError::Aws4)
            }
            Scheme::HmacSha1(secrets) => event_signature::verify(secrets, headers.signature, body),
            Scheme::Authorization(values) => authorization::verify(values, headers.authorization),
        }
    }
}
