//! Values that depend on the status of an answer.

/// A body that depends on the status; written by [`by_status!`](crate::by_status).
pub trait FromStatus: Sized {
    /// Whether this status is an answer rather than a failure.
    fn accepts(status: u16) -> bool;

    /// The value for a status and its body.
    ///
    /// # Errors
    /// The body is not what the status promises.
    fn from_status(status: u16, body: &[u8]) -> Result<Self, serde_json::Error>;
}
