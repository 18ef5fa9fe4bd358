//! The operation table: what the generated crates tell the runtime about each call.

/// One published operation, as a line of a generated crate's `operations.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Service the operation belongs to, for example `payments`.
    pub service: &'static str,
    /// Name of the generated method.
    pub name: &'static str,
    /// Operation id in the published document.
    pub id: &'static str,
    /// Who calls whom.
    pub kind: OperationKind,
    /// HTTP method in capitals.
    pub method: &'static str,
    /// Path template, relative to [`server`](Self::server), for example `/transactions/{id}`.
    pub path: &'static str,
    /// Published server without a trailing slash.
    pub server: &'static str,
    /// Published server of test accounts, where they have one of their own; empty where all share `server`.
    pub test_server: &'static str,
    /// Credentials the operation takes, alternatives in the document's order.
    /// Empty: the operation is public and no credential may be sent.
    pub auth: &'static [SecurityScheme],
    /// Scopes of which the token needs one.
    pub scopes: &'static [&'static str],
    /// Media type asked for; empty means any.
    pub accept: &'static str,
    /// Media type of the request body; empty means no body.
    pub content_type: &'static str,
    /// Whether sending it twice has the same effect as once.
    pub idempotent: bool,
    /// Whether the document says that it takes an idempotency key. Other operations may ignore one.
    pub takes_key: bool,
    /// Whether it charges, captures, refunds or pays out.
    pub moves_money: bool,
    /// How its list is read page by page.
    pub paging: Option<Paging>,
    /// Whether part of the entry is inferred rather than published.
    pub inferred: bool,
}

impl Operation {
    /// A call of a service, with nothing said of it: no credential, no body, neither repeatable nor one that moves money.
    pub const fn of(service: &'static str) -> Self {
        Self {
            service,
            name: "",
            id: "",
            kind: OperationKind::Call,
            method: "GET",
            path: "",
            server: "",
            test_server: "",
            auth: &[],
            scopes: &[],
            accept: "",
            content_type: "",
            idempotent: false,
            takes_key: false,
            moves_money: false,
            paging: None,
            inferred: false,
        }
    }

    /// Whether it may be sent again although the first sending may have done its work.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.idempotent && !self.moves_money
    }

    /// Whether its method is one that only reads, so that a redirect may be followed.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(self.method, "GET" | "HEAD")
    }

    /// Whether it does nothing but read.
    pub(crate) fn is_read(&self) -> bool {
        self.only_reads() && !self.moves_money
    }

    /// Whether a key of the caller's makes it repeatable: where its document takes one, and no money is at stake should
    /// the document be wrong.
    pub(crate) fn heeds_key(&self) -> bool {
        self.takes_key && !self.moves_money
    }
}

/// Who calls whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// The merchant calls Dintero.
    Call,
    /// Dintero tells the merchant of an event (webhook).
    Event,
    /// Dintero asks the merchant during a checkout.
    Callback,
}

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityScheme {
    /// `Authorization: Bearer <token>`.
    Bearer,
    /// `Authorization: Basic <client id and secret>`.
    Basic,
    /// A fixed key in the named header.
    ApiKey(&'static str),
    /// The bare token, without a scheme, in the named header.
    RawToken(&'static str),
    /// Anonymous is allowed when nothing else is at hand.
    None,
}

/// How a list is read page by page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// A bare array: the next cursor is `field` of the last element.
    LastItem {
        /// Query parameter the cursor goes into.
        param: &'static str,
        /// Field of an element that is its cursor.
        field: &'static str,
    },
    /// An object with the items and the next cursor side by side.
    Cursor {
        /// Query parameter the cursor goes into.
        param: &'static str,
        /// Field of the answer that holds the next cursor.
        cursor: &'static str,
        /// Field of the answer that holds the items.
        items: &'static str,
    },
    /// An object whose cursor is itself an object with several fields.
    LastKey {
        /// Field of the answer that holds the cursor object.
        key: &'static str,
        /// Field of the answer that holds the items.
        items: &'static str,
        /// Query parameter and the field of the cursor object it takes.
        params: &'static [(&'static str, &'static str)],
    },
}
