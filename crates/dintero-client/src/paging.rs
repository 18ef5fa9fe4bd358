//! Lists, page by page and item by item.
//!
//! # What generated crates write
//!
//! For an operation whose table entry has [`paging`](crate::Operation::paging), one line beside
//! `call_options!`: the builder, the type that its `send` gives, the type of an item, and, when the
//! page is an object, the field with the items (`Vec<T>` or `Option<Vec<T>>`). It gives the builder
//! `pages()` and `items()`.
//!
//! - `GET /transactions`, a bare array whose cursor is the last element's id
//!   ([`Paging::LastItem`](crate::Paging::LastItem)):
//!   `dintero_client::paged!(ListTransactions, Vec<types::Transaction>, types::Transaction);`
//! - a list with the cursor beside the items ([`Paging::Cursor`](crate::Paging::Cursor)):
//!   `dintero_client::paged!(ListCards, types::ListCardsResponse, types::Card, cards);`
//! - settlements, whose cursor is an object ([`Paging::LastKey`](crate::Paging::LastKey)):
//!   `dintero_client::paged!(ListSettlements, types::ListSettlementsResponse, types::Settlement, settlements);`
//!
//! The builder must be `Clone` and hold the `Call` in a field `call`, as all do. Each page is the
//! same request sent again: the runtime puts the cursor into the query after the builder has
//! written it, and reads the next one from the body before it is decoded. Of a generated builder
//! nothing else is asked, and its own cursor parameter says where the list begins.
//!
//! ```
//! use dintero_client::{Call, Error, Response, Transport};
//!
//! # #[derive(Debug)] pub struct Transaction;
//! # impl<'de> serde::Deserialize<'de> for Transaction {
//! #     fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> { Ok(Self) }
//! # }
//! # fn raw_list(call: &Call, limit: Option<i64>) -> Result<dintero_client::reqwest::Request, Error> {
//! #     let mut draft = call.draft();
//! #     draft.query("limit", limit.as_ref())?;
//! #     draft.build()
//! # }
//! #[derive(Clone, Debug)]
//! pub struct ListTransactions {
//!     call: Call,
//!     limit: Option<i64>,
//! }
//!
//! dintero_client::call_options!(ListTransactions);
//! dintero_client::paged!(ListTransactions, Vec<Transaction>, Transaction);
//!
//! impl ListTransactions {
//!     pub fn send(self) -> impl Future<Output = Result<Response<Vec<Transaction>>, Error>> {
//!         let request = raw_list(&self.call, self.limit);
//!         self.call.json(request)
//!     }
//! }
//!
//! async fn all(list: ListTransactions) -> Result<(), Error> {
//!     let mut items = list.items().max_items(500);
//!     while let Some(transaction) = items.next().await {
//!         println!("{:?}", transaction?);
//!     }
//!     Ok(())
//! }
//! ```

use std::{
    collections::HashSet,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    vec,
};

use futures_core::Stream;

use crate::{
    Call, Error, Response,
    cursor::{Cursor, Found, Next},
};

type Fetching<P> = Pin<Box<dyn Future<Output = Result<Response<P>, Error>> + Send>>;
type Fetch<P> = Box<dyn Fn(Call) -> Fetching<P> + Send + Sync>;

/// A list, page by page.
///
/// A [`Stream`] of [`Response`]s; [`next`](Self::next) reads it without a stream library. Nothing is
/// sent before the first page is asked for, and no page before it is.
///
/// The list ends with the last page, or [`max_pages`](Self::max_pages). An empty page is given only if it is the first;
/// if it has a cursor the list goes on behind it, for twenty such pages on end at most, unless the cursor is the one
/// that led to it. A page that cannot be had ends the list with the error, as does a page without its items and a
/// cursor that came back ([`ErrorKind::Paging`](crate::ErrorKind::Paging)); all pages before have been given by then,
/// and [`resume`](Self::resume) asks once more for the one that failed.
pub struct Pages<P> {
    call: Call,
    fetch: Fetch<P>,
    state: State<P>,
    cursor: Cursor,
    seen: HashSet<Cursor>,
    given: usize,
    /// Empty pages on end.
    empty: usize,
    most: usize,
}

/// Most empty pages on end that are followed: each has another cursor, so they could go on for ever.
const MOST_EMPTY: usize = 20;

/// Most items that [`Items::collect`] keeps unless the program says how many it wants.
const MOST_COLLECTED: usize = 100_000;

enum State<P> {
    Ready,
    Fetching(Fetching<P>, Note),
    /// What to tell after the page that was given.
    Trouble(Error),
    Failed,
    Done,
}

/// Where the decoding of a page leaves what the page says about the list.
#[derive(Clone, Default)]
pub(crate) struct Note(Arc<Mutex<Option<Found>>>);

impl Note {
    pub(crate) fn leave(&self, found: Found) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }

    fn take(&self) -> Option<Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<P> Pages<P> {
    /// The pages of a list. `fetch` sends the request with the call it is given. Generated code
    /// uses it, through [`paged!`](crate::paged).
    pub fn new<F>(call: Call, fetch: impl Fn(Call) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Response<P>, Error>> + Send + 'static,
    {
        Self {
            call,
            fetch: Box::new(move |call| Box::pin(fetch(call))),
            state: State::Ready,
            cursor: Cursor::new(),
            seen: HashSet::new(),
            given: 0,
            empty: 0,
            most: usize::MAX,
        }
    }

    /// Ends the list after this many pages.
    #[must_use]
    pub fn max_pages(mut self, pages: usize) -> Self {
        self.most = pages;
        self
    }

    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    pub async fn next(&mut self) -> Option<Result<Response<P>, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// After a page that failed: [`next`](Self::next) asks for it again.
    pub fn resume(&mut self) {
        if matches!(self.state, State::Failed) {
            self.state = State::Ready;
        }
    }

    /// The items of these pages.
    pub fn items<T>(self, items: impl Fn(P) -> Vec<T> + Clone + Send + Sync + 'static) -> Items<T>
    where
        P: 'static,
    {
        let fetch = self.fetch;
        let pages = Pages {
            call: self.call,
            fetch: Box::new(move |call| {
                let page = fetch(call);
                let items = items.clone();
                Box::pin(async move { Ok(page.await?.map(items)) })
            }),
            state: State::Ready,
            cursor: self.cursor,
            seen: self.seen,
            given: self.given,
            empty: self.empty,
            most: self.most,
        };
        Items { pages, page: Vec::new().into_iter(), left: usize::MAX }
    }

    /// Takes note of a page. Says whether it is to be given.
    fn turn(&mut self, found: Option<Found>) -> bool {
        let operation = self.call.operation();
        let lost = |why: &str| Error::paging(format!("the list cannot be read on: {why}"));
        let Some(Found { items, next }) = found else {
            let why = lost("the operation has no paging");
            self.state = State::Trouble(why.during(operation));
            return true;
        };
        let is_first = self.given == 0;
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        self.state = match next {
            Next::Lost(why) => State::Trouble(lost(&why).during(operation)),
            Next::End => State::Done,
            Next::At(_) if self.empty > MOST_EMPTY => {
                let why = lost(&format!("there were {} empty pages on end, each with a cursor", self.empty));
                State::Trouble(why.during(operation))
            }
            // Nothing lies behind an empty page that leads to itself.
            Next::At(cursor) if items == 0 && cursor == self.cursor => State::Done,
            Next::At(cursor) if self.seen.insert(cursor.clone()) => {
                self.cursor = cursor;
                State::Ready
            }
            Next::At(_) => {
                let why = lost("the service gave a cursor that it gave before");
                State::Trouble(why.during(operation))
            }
        };
        items > 0 || is_first
    }
}

impl<P> Stream for Pages<P> {
    type Item = Result<Response<P>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Done | State::Failed => return Poll::Ready(None),
                State::Trouble(_) => {
                    let trouble = std::mem::replace(&mut this.state, State::Done);
                    let State::Trouble(error) = trouble else {
                        continue;
                    };
                    return Poll::Ready(Some(Err(error)));
                }
                State::Ready if this.given >= this.most => this.state = State::Done,
                State::Ready => {
                    let note = Note::default();
                    let call = this.call.for_page(this.cursor.clone(), note.clone());
                    this.state = State::Fetching((this.fetch)(call), note);
                }
                State::Fetching(page, note) => {
                    let page = ready!(page.as_mut().poll(cx));
                    let found = note.take();
                    match page {
                        Err(error) => {
                            this.state = State::Failed;
                            return Poll::Ready(Some(Err(error)));
                        }
                        Ok(page) => {
                            if this.turn(found) {
                                this.given += 1;
                                return Poll::Ready(Some(Ok(page)));
                            }
                        }
                    }
                }
            }
        }
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("call", &self.call).field("given", &self.given).finish_non_exhaustive()
    }
}

/// A list, item by item; pages are asked for as they are needed.
///
/// A [`Stream`] of items; [`next`](Self::next) reads it without a stream library. It ends as
/// [`Pages`] do; an error comes after all items of the pages before it.
pub struct Items<T> {
    pages: Pages<Vec<T>>,
    page: vec::IntoIter<T>,
    left: usize,
}

// Items are moved out, never pinned.
impl<T> Unpin for Items<T> {}

impl<T> Items<T> {
    /// Ends the list after this many items; no page is asked for beyond them.
    #[must_use]
    pub fn max_items(mut self, items: usize) -> Self {
        self.left = items;
        self
    }

    /// Ends the list after this many pages.
    #[must_use]
    pub fn max_pages(mut self, pages: usize) -> Self {
        self.pages.most = pages;
        self
    }

    /// The next item; `None` at the end.
    ///
    /// # Errors
    /// [`Error`] of any kind.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// After a page that failed: [`next`](Self::next) asks for it again.
    pub fn resume(&mut self) {
        self.pages.resume();
    }

    /// All items that are left, at once: as many as [`max_items`](Self::max_items) says, or 100,000.
    ///
    /// # Errors
    /// [`Error`] of any kind, [`ErrorKind::Paging`](crate::ErrorKind::Paging) if there are more than 100,000 and no
    /// `max_items` was set; the items before it are then lost.
    pub async fn collect(mut self) -> Result<Vec<T>, Error> {
        let is_bounded = self.left != usize::MAX;
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
            if !is_bounded && all.len() > MOST_COLLECTED {
                let why = "there are more than 100,000 items; set `max_items`, or take them one by one with `next`";
                return Err(Error::paging(why).during(self.pages.call.operation()));
            }
        }
        Ok(all)
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = this.page.next() {
                this.left -= 1;
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(cx)) {
                Some(Ok(page)) => this.page = page.into_inner().into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

/// The items of a page's field, which may be absent.
pub trait PageItems<T> {
    /// The items.
    fn page_items(self) -> Vec<T>;
}

impl<T> PageItems<T> for Vec<T> {
    fn page_items(self) -> Vec<T> {
        self
    }
}

impl<T> PageItems<T> for Option<Vec<T>> {
    fn page_items(self) -> Vec<T> {
        self.unwrap_or_default()
    }
}

/// Gives a builder of a list `pages()` and `items()`; see [`Pages`].
///
/// `paged!(Builder, Page, Item)` where a page is an array, `paged!(Builder, Page, Item, field)` where
/// it is an object with the items in `field`. The builder is `Clone`, has a field `call: Call` and
/// a `send(self) -> impl Future<Output = Result<Response<Page>, Error>>`.
#[macro_export]
macro_rules! paged {
    ($builder:ty, $page:ty, $item:ty $(, $field:ident)?) => {
        impl $builder {
            /// The list page by page, from the cursor that is set here or from its beginning.
            #[inline]
            pub fn pages(self) -> $crate::Pages<$page> {
                let call = ::core::clone::Clone::clone(&self.call);
                $crate::Pages::new(call, move |call| {
                    let mut page = ::core::clone::Clone::clone(&self);
                    page.call = call;
                    page.send()
                })
            }

            /// The list item by item, from the cursor that is set here or from its beginning.
            #[inline]
            pub fn items(self) -> $crate::Items<$item> {
                self.pages().items(|page| {
                    $crate::__private::PageItems::<$item>::page_items(page $(.$field)?)
                })
            }
        }
    };
}
