//! The secrets that are in force: several at once while one takes the place of another.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::BadSecret;

/// At least one secret, each of them one that Dintero can have.
#[derive(Clone)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Refuses what everybody can sign with, and what nothing fits.
    pub(crate) fn new<I>(secrets: I) -> Result<Self, BadSecret>
    where
        I: IntoIterator,
        I::Item: Into<SecretString>,
    {
        let secrets: Vec<SecretString> = secrets.into_iter().map(Into::into).collect();
        if secrets.is_empty() {
            return Err(BadSecret::None);
        }
        secrets.iter().try_for_each(|secret| check(secret.expose_secret()))?;
        Ok(Self(secrets))
    }

    /// Of headers, whose values come without the blanks around them.
    pub(crate) fn of_header<I>(values: I) -> Result<Self, BadSecret>
    where
        I: IntoIterator,
        I::Item: Into<SecretString>,
    {
        let values = Self::new(values)?;
        let is_padded = |value: &SecretString| value.expose_secret().trim().len() != value.expose_secret().len();
        match values.0.iter().any(is_padded) {
            true => Err(BadSecret::Padded),
            false => Ok(values),
        }
    }

    /// Whether one of them fits. All are tried, so that the time taken does not tell which.
    pub(crate) fn any(&self, fits: impl Fn(&[u8]) -> bool) -> bool {
        self.0.iter().fold(false, |found, secret| found | fits(secret.expose_secret().as_bytes()))
    }
}

fn check(secret: &str) -> Result<(), BadSecret> {
    if secret.chars().all(|c| c.is_whitespace() || c.is_control()) {
        return Err(BadSecret::Blank);
    }
    if secret.contains(char::is_control) {
        return Err(BadSecret::Control);
    }
    Ok(())
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
    fn fault_07_a_secret_that_holds_nobody_to_anything_is_refused() {
        assert_eq!(Secrets::new(Vec::<String>::new()).unwrap_err(), BadSecret::None);
        for (secret, why) in [
            ("", BadSecret::Blank),
            (" ", BadSecret::Blank),
            ("\r\n", BadSecret::Blank),
            ("\0\0", BadSecret::Blank),
            ("\u{a0}\t", BadSecret::Blank),
            ("secret\n", BadSecret::Control),
            ("secret\0", BadSecret::Control),
            ("sec\u{1b}ret", BadSecret::Control),
        ] {
            let told = Secrets::new(["a", secret]).unwrap_err();
            assert_eq!(told, why, "{secret:?}");
            assert!(!told.to_string().contains("secret\n"));
        }
        assert!(Secrets::new([" p ss "]).is_ok(), "a merchant may choose it so");
        for value in [" Basic x", "Basic x "] {
            assert_eq!(Secrets::of_header([value]).unwrap_err(), BadSecret::Padded);
        }
        let secrets = Secrets::new(["first-secret", "second-secret"]).unwrap();
        assert!(secrets.any(|secret| secret == b"second-secret") && !secrets.any(|secret| secret == b"third"));
        assert_eq!(format!("{secrets:?}"), "[2 hidden]");
    }
}
