//! Account ids.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// Id of an account or of a partner: `T` (test) or `P` (production) and digits.
///
/// ```
/// use dintero_types::AccountId;
///
/// let id: AccountId = "T12345678".parse()?;
/// assert!(id.is_test());
/// assert!("12345678".parse::<AccountId>().is_err());
/// # Ok::<(), dintero_types::InvalidAccountId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// The id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no real money moves on this account.
    pub fn is_test(&self) -> bool {
        self.0.starts_with('T')
    }

    /// Whether a text is an account id.
    pub fn is_valid(value: &str) -> bool {
        value
            .strip_prefix(['T', 'P'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// A text that is no account id.
///
/// The text is not repeated: a secret pasted into the wrong place must not reach a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidAccountId;

impl fmt::Display for InvalidAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "it must be `T` or `P` followed by digits; give it as the Dintero backoffice shows it, for example T12345678",
        )
    }
}

impl std::error::Error for InvalidAccountId {}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(value: String) -> Result<Self, InvalidAccountId> {
        if Self::is_valid(&value) { Ok(Self(value)) } else { Err(InvalidAccountId) }
    }
}

impl TryFrom<&str> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(value: &str) -> Result<Self, InvalidAccountId> {
        Self::try_from(value.to_owned())
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(value: &str) -> Result<Self, InvalidAccountId> {
        Self::try_from(value)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for AccountId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_accounts_and_partners() {
        for (text, test) in [("T12345678", true), ("P12345678", false), ("P101", false)] {
            let id: AccountId = text.parse().unwrap();
            assert_eq!(id.is_test(), test);
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn refuses_the_rest_without_repeating_it() {
        for text in ["", "T", "t87654321", "87654321", "T1234x", "T1 ", "T١٢", "../T1"] {
            let error = text.parse::<AccountId>().unwrap_err().to_string();
            assert!(error.contains("`T` or `P`"), "{error}");
            assert!(text.len() < 4 || !error.contains(text), "{error}");
        }
    }
}
