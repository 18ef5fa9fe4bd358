//! Bodies, read at once within a limit or piece by piece.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use reqwest::{StatusCode, header::HeaderMap};

use crate::{Error, Operation, response};

type Raw = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send + Sync>>;

/// The body of a download, piece by piece.
///
/// A [`Stream`] of [`Bytes`]; [`next_chunk`](Self::next_chunk) reads it without a stream library,
/// [`save`](Self::save) writes it to a file.
pub struct ByteStream {
    raw: Raw,
    operation: &'static Operation,
    content_type: Option<String>,
    content_length: Option<u64>,
    status: StatusCode,
}

impl ByteStream {
    pub(crate) fn new(answer: reqwest::Response, operation: &'static Operation, headers: &HeaderMap) -> Self {
        Self {
            status: answer.status(),
            raw: Box::pin(answer.bytes_stream()),
            operation,
            content_type: response::content_type(headers).map(str::to_owned),
            content_length: response::content_length(headers),
        }
    }

    pub(crate) fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Media type of the body, as the service sent it.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Length of the whole body in bytes, if the service sent it.
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The connection broke or a timeout ran out.
    #[inline]
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The rest of the body at once.
    ///
    /// # Errors
    /// As [`next_chunk`](Self::next_chunk), and when the body has more than `limit` bytes.
    #[inline]
    pub async fn collect(self, limit: usize) -> Result<Bytes, Error> {
        let (operation, status) = (self.operation, self.status);
        read(&mut { self.raw }, self.content_length, limit)
            .await
            .map_err(|error| match error {
                ReadError::TooLarge => Error::too_large(status, HeaderMap::new(), limit),
                ReadError::Http(error) => broken(error, status),
            })
            .map_err(|error| error.during(operation))
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (operation, status) = (self.operation, self.status);
        let next = ready!(self.raw.as_mut().poll_next(cx));
        Poll::Ready(next.map(|piece| piece.map_err(|error| broken(error, status).during(operation))))
    }
}

/// The body broke off; the answer had begun, and with success.
fn broken(error: reqwest::Error, status: StatusCode) -> Error {
    Error::http(error).answered(status, HeaderMap::new())
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("content_type", &self.content_type)
            .field("content_length", &self.content_length)
            .finish_non_exhaustive()
    }
}

pub(crate) enum ReadError {
    TooLarge,
    Http(reqwest::Error),
}

/// A body on its way.
pub(crate) trait Pieces {
    /// The next piece; `None` at the end.
    async fn piece(&mut self) -> reqwest::Result<Option<Bytes>>;
}

impl Pieces for reqwest::Response {
    async fn piece(&mut self) -> reqwest::Result<Option<Bytes>> {
        self.chunk().await
    }
}

impl Pieces for Raw {
    async fn piece(&mut self) -> reqwest::Result<Option<Bytes>> {
        poll_fn(|cx| self.as_mut().poll_next(cx)).await.transpose()
    }
}

/// The whole body. A body in one piece is not copied.
pub(crate) async fn read(body: &mut impl Pieces, told: Option<u64>, limit: usize) -> Result<Bytes, ReadError> {
    if told.is_some_and(|told| told > limit as u64) {
        return Err(ReadError::TooLarge);
    }
    let mut first: Option<Bytes> = None;
    let mut whole = BytesMut::new();
    while let Some(piece) = body.piece().await.map_err(ReadError::Http)? {
        let so_far = whole.len() + first.as_ref().map_or(0, Bytes::len);
        if so_far + piece.len() > limit {
            return Err(ReadError::TooLarge);
        }
        if whole.is_empty() {
            let Some(begun) = first.take() else {
                first = Some(piece);
                continue;
            };
            // The told length is within the limit here.
            whole.reserve(told.map_or(0, |told| told as usize).max(so_far + piece.len()));
            whole.extend_from_slice(&begun);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Pieces for std::vec::IntoIter<&'static str> {
        async fn piece(&mut self) -> reqwest::Result<Option<Bytes>> {
            Ok(self.next().map(|piece| Bytes::from_static(piece.as_bytes())))
        }
    }

    async fn joined(pieces: Vec<&'static str>, told: Option<u64>, limit: usize) -> Option<Bytes> {
        read(&mut pieces.into_iter(), told, limit).await.ok()
    }

    #[tokio::test]
    async fn joins_pieces_up_to_the_limit() {
        for told in [None, Some(4)] {
            for pieces in [vec!["abcd"], vec!["ab", "cd"], vec!["", "a", "", "bcd", ""]] {
                assert_eq!(joined(pieces.clone(), told, 4).await.unwrap(), "abcd", "{pieces:?}");
                assert_eq!(joined(pieces.clone(), told, 3).await, None, "{pieces:?}");
            }
        }
        assert_eq!(joined(vec![], None, 0).await.unwrap(), "");
        assert_eq!(joined(vec!["a"], Some(9), 4).await, None);
    }
}
