//! Scheme of session callbacks: `Dintero-Signature: t=<unix time>,v0-hmac-sha256=<hex>`, HMAC-SHA256 over
//! time, account, method, host, path and query, a line each.
//!
//! Host, path and query are those of the WHATWG URL standard; the query's parameters are sorted by name, those of one
//! name stay in their order, and are written as a form is, with `+` for a space. The body is not covered.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use dintero_types::AccountId;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;
use url::{Url, form_urlencoded};

use crate::{
    error::{BadSecret, SignatureError},
    hex,
    secrets::Secrets,
};

const HEADER: &str = "dintero-signature";
const VERSION: &str = "v0-hmac-sha256";
const TOLERANCE: Duration = Duration::from_secs(300);

/// Verifies the callbacks of an account's sessions.
///
/// Several secrets may be in force at once, while one takes the place of another.
#[derive(Clone)]
pub struct CallbackVerifier {
    account: AccountId,
    secrets: Secrets,
    tolerance: Duration,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl CallbackVerifier {
    /// With the account whose sessions call back, and its signature secrets.
    ///
    /// # Errors
    /// There is no secret, or one that cannot be.
    pub fn new<I>(account: AccountId, secrets: I) -> Result<Self, BadSecret>
    where
        I: IntoIterator,
        I::Item: Into<SecretString>,
    {
        let secrets = Secrets::new(secrets)?;
        Ok(Self { account, secrets, tolerance: TOLERANCE, clock: Arc::new(SystemTime::now) })
    }

    /// How far the time of a signature may be from now, back or ahead; five minutes unless set.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// What tells the time; the machine's clock unless set.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Whether Dintero made this request: `signature` is the header `Dintero-Signature`, `url` the whole public
    /// address as Dintero called it. Behind a proxy the request's own host is another: put the public one before its
    /// path and query.
    ///
    /// # Errors
    /// The signature is wrong or too old. Do not trust the body.
    pub fn verify(&self, signature: Option<&[u8]>, method: &str, url: &str) -> Result<(), SignatureError> {
        let header = Header::read(signature)?;
        let signed = signed(header.time, &self.account, method, url)?;
        let found = self.secrets.any(|secret| {
            mac(secret, &signed).is_some_and(|mac| {
                header.signatures.iter().fold(false, |found, s| found | mac.clone().verify_slice(s).is_ok())
            })
        });
        if !found {
            return Err(SignatureError::Mismatch { header: HEADER });
        }
        let now = (self.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
        // A time beyond all clocks is as far ahead as can be told.
        let time = Duration::from_secs(header.seconds);
        match (now.checked_sub(time), time.checked_sub(now)) {
            (Some(age), _) if age > self.tolerance => Err(SignatureError::Expired { age }),
            (_, Some(ahead)) if ahead > self.tolerance => Err(SignatureError::Early { ahead }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for CallbackVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackVerifier")
            .field("account", &self.account)
            .field("secrets", &self.secrets)
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

struct Header<'a> {
    /// As it is signed.
    time: &'a str,
    seconds: u64,
    /// Those of the version that is known; at least one.
    signatures: Vec<[u8; 32]>,
}

impl<'a> Header<'a> {
    fn read(header: Option<&'a [u8]>) -> Result<Self, SignatureError> {
        let malformed = |reason| SignatureError::Malformed { header: HEADER, reason };
        let header = header.ok_or(SignatureError::Missing { header: HEADER })?;
        let text = std::str::from_utf8(header).map_err(|_| malformed("it is no text"))?;
        if text.trim().is_empty() {
            return Err(SignatureError::Empty { header: HEADER });
        }
        let mut time = None;
        let mut signatures = Vec::new();
        let mut fault = None;
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| malformed("a part has no `=`"))?;
            match (name.trim(), value.trim()) {
                ("t", _) if time.is_some() => return Err(malformed("it has two times")),
                ("t", value) => time = Some(value),
                (VERSION, value) => match hex::decode(HEADER, value.as_bytes()) {
                    Ok(signature) => signatures.push(signature),
                    Err(why) => fault = Some(why),
                },
                // A version to come.
                _ => {}
            }
        }
        let time = time.ok_or_else(|| malformed("it has no time `t`"))?;
        let seconds = match time.bytes().all(|b| b.is_ascii_digit()) {
            true => time.parse().map_err(|_| malformed("its time `t` is no time"))?,
            false => return Err(malformed("its time `t` is no whole number")),
        };
        match (signatures.is_empty(), fault) {
            (false, _) => Ok(Self { time, seconds, signatures }),
            (true, Some(why)) => Err(why),
            (true, None) => Err(SignatureError::UnknownVersion { header: HEADER }),
        }
    }
}

/// What is signed.
fn signed(time: &str, account: &AccountId, method: &str, url: &str) -> Result<String, SignatureError> {
    let url = Url::parse(url).map_err(|why| SignatureError::Url { reason: why.to_string() })?;
    let host = url.host_str().ok_or_else(|| SignatureError::Url { reason: "it has no host".to_owned() })?;
    let mut pairs: Vec<_> = url.query_pairs().collect();
    // The standard sorts by UTF-16 units.
    pairs.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Ok(format!("{time}\n{account}\n{}\n{host}\n{}\n{query}", method.to_ascii_uppercase(), url.path()))
}

/// The header's text.
pub(crate) fn sign(
    secret: &[u8],
    account: &AccountId,
    method: &str,
    url: &str,
    time: u64,
) -> Result<String, SignatureError> {
    let signed = signed(&time.to_string(), account, method, url)?;
    let signature = mac(secret, &signed).map(|mac| hex::encode(&mac.finalize().into_bytes())).unwrap_or_default();
    Ok(format!("t={time},{VERSION}={signature}"))
}

fn mac(secret: &[u8], signed: &str) -> Option<Hmac<Sha256>> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}
