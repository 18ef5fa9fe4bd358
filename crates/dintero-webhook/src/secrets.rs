//! The secrets that are in force: several at once while one takes the place of another.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::NoSecret;

/// At least one secret, none of them empty.
#[derive(Clone)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// An empty secret is refused: everybody can sign with it.
    pub(crate) fn new<I>(secrets: I) -> Result<Self, NoSecret>
    where
        I: IntoIterator,
        I::Item: Into<SecretString>,
    {
        let secrets: Vec<SecretString> = secrets.into_iter().map(Into::into).collect();
        match secrets.is_empty() || secrets.iter().any(|secret| secret.expose_secret().is_empty()) {
            true => Err(NoSecret),
            false => Ok(Self(secrets)),
        }
    }

    /// Whether one of them fits. All are tried, so that the time taken does not tell which.
    pub(crate) fn any(&self, fits: impl Fn(&[u8]) -> bool) -> bool {
        self.0.iter().fold(false, |found, secret| found | fits(secret.expose_secret().as_bytes()))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} hidden]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_and_an_empty_one_are_refused() {
        assert!(Secrets::new(Vec::<String>::new()).is_err());
        assert!(Secrets::new(["a", ""]).is_err());
        let secrets = Secrets::new(["first-secret", "second-secret"]).unwrap();
        assert!(secrets.any(|secret| secret == b"second-secret") && !secrets.any(|secret| secret == b"third"));
        assert_eq!(format!("{secrets:?}"), "[2 hidden]");
    }
}
