//! The same delivery comes more than once: what was done for it is not done again.
//!
//! A delivery is claimed before the work and done after it, so that work that failed is repeated when the delivery comes
//! again, and work that is under way is not begun a second time.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a store says of a delivery that is to be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's now.
    Yours,
    /// Somebody works on it.
    Taken,
    /// It was done before.
    Done,
}

/// Remembers deliveries: a table with the id as its key, for a shop that runs more than once.
pub trait Store: Send + Sync {
    /// Why it cannot be asked.
    type Error;

    /// Takes a delivery, if nobody has: one statement, so that only one of two callers gets it. A claim that is old is
    /// free again: whoever had it is gone.
    fn claim(&self, delivery: &str) -> impl Future<Output = Result<Claim, Self::Error>> + Send;

    /// The work is done. Where it is a change in the same database, best in the same transaction.
    fn done(&self, delivery: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The work failed: whoever comes next may try.
    fn release(&self, delivery: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once<T> {
    /// The work is done: answer 200.
    Did(T),
    /// It was done before: answer 200.
    DoneBefore,
    /// Somebody works on it: answer 503, and it comes again.
    UnderWay,
}

/// Why it is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnceError<W, S> {
    /// The work failed. Answer 503, and it comes again.
    Work(W),
    /// The store cannot be asked. Answer 503, and it comes again.
    Store(S),
}

impl<W: std::fmt::Display, S: std::fmt::Display> std::fmt::Display for OnceError<W, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Work(why) => write!(f, "the delivery could not be worked on: {why}"),
            Self::Store(why) => write!(f, "the store of deliveries cannot be asked: {why}"),
        }
    }
}

impl<W: std::error::Error, S: std::error::Error> std::error::Error for OnceError<W, S> {}

/// Does the work of a delivery, unless it was done before. Without an id, which Dintero always sends, it is done.
///
/// This only keeps repeated deliveries from being handled twice: two different events of one transaction are
/// two deliveries. What moves money asks the transaction first.
///
/// ```
/// use dintero_events::{Memory, Once, once};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = Memory::default();
/// let work = async || Ok::<_, std::convert::Infallible>("shipped");
/// assert_eq!(once(&store, Some("delivery-1"), work).await, Ok(Once::Did("shipped")));
/// assert_eq!(once(&store, Some("delivery-1"), work).await, Ok(Once::DoneBefore));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The work failed, or the store did.
pub async fn once<S, T, W, F>(store: &S, delivery: Option<&str>, work: F) -> Result<Once<T>, OnceError<W, S::Error>>
where
    S: Store,
    F: AsyncFnOnce() -> Result<T, W>,
{
    let Some(delivery) = delivery else { return work().await.map(Once::Did).map_err(OnceError::Work) };
    match store.claim(delivery).await.map_err(OnceError::Store)? {
        Claim::Taken => return Ok(Once::UnderWay),
        Claim::Done => return Ok(Once::DoneBefore),
        Claim::Yours => {}
    }
    match work().await {
        Ok(done) => {
            store.done(delivery).await.map_err(OnceError::Store)?;
            Ok(Once::Did(done))
        }
        Err(why) => {
            // A claim that cannot be given back is free again after its time.
            let _ = store.release(delivery).await;
            Err(OnceError::Work(why))
        }
    }
}

/// So many deliveries are remembered.
const MOST: usize = 10_000;
/// A claim that is older is free again.
const OLD: Duration = Duration::from_secs(60);

/// A store in memory, for a shop that runs once and for tests; it forgets when the program ends.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Since when it is claimed; done where there is none.
    claims: HashMap<String, Option<Instant>>,
    order: VecDeque<String>,
}

impl Memory {
    fn with<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn claim_at(&self, delivery: &str, now: Instant) -> Claim {
        self.with(|known| match known.claims.get(delivery) {
            Some(None) => Claim::Done,
            Some(Some(since)) if now.saturating_duration_since(*since) < OLD => Claim::Taken,
            found => {
                if found.is_none() {
                    known.order.push_back(delivery.to_owned());
                }
                known.claims.insert(delivery.to_owned(), Some(now));
                while known.order.len() > MOST {
                    if let Some(oldest) = known.order.pop_front() {
                        known.claims.remove(&oldest);
                    }
                }
                Claim::Yours
            }
        })
    }
}

impl Store for Memory {
    type Error = Infallible;

    async fn claim(&self, delivery: &str) -> Result<Claim, Infallible> {
        Ok(self.claim_at(delivery, Instant::now()))
    }

    async fn done(&self, delivery: &str) -> Result<(), Infallible> {
        self.with(|known| known.claims.insert(delivery.to_owned(), None));
        Ok(())
    }

    async fn release(&self, delivery: &str) -> Result<(), Infallible> {
        self.with(|known| {
            known.claims.remove(delivery);
            known.order.retain(|id| id != delivery);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_failed_is_done_when_the_delivery_comes_again() {
        let store = Memory::default();
        let failed = once(&store, Some("1"), async || Err::<(), _>("no database")).await;
        assert_eq!(failed, Err(OnceError::Work("no database")));
        assert_eq!(once(&store, Some("1"), async || Ok::<_, ()>(5)).await, Ok(Once::Did(5)));
        assert_eq!(once(&store, Some("1"), async || Ok::<_, ()>(5)).await, Ok(Once::DoneBefore));
        assert_eq!(once(&store, None, async || Ok::<_, ()>(5)).await, Ok(Once::Did(5)));
    }

    #[tokio::test]
    async fn work_that_is_under_way_is_not_begun_again() {
        let store = Memory::default();
        let outer = once(&store, Some("1"), async || {
            let inner = once(&store, Some("1"), async || Ok::<_, ()>(())).await;
            assert_eq!(inner, Ok(Once::UnderWay));
            Ok::<_, ()>(())
        });
        assert_eq!(outer.await, Ok(Once::Did(())));
    }

    #[test]
    fn an_old_claim_is_free_and_the_oldest_are_forgotten() {
        let store = Memory::default();
        let begun = Instant::now();
        assert_eq!(store.claim_at("1", begun), Claim::Yours);
        assert_eq!(store.claim_at("1", begun + OLD / 2), Claim::Taken);
        assert_eq!(store.claim_at("1", begun + OLD * 2), Claim::Yours);
        for i in 0..MOST {
            store.claim_at(&format!("other {i}"), begun);
        }
        assert_eq!(store.with(|known| (known.claims.len(), known.order.len())), (MOST, MOST));
        assert_eq!(store.claim_at("1", begun), Claim::Yours, "forgotten");
    }
}
