//! In what our requests may differ from progenitor's, and why. Nothing else may, and nothing here may be without use.

/// A kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ApiVersion,
    Accept,
    PathEncoding,
    Backslash,
    EmptyPath,
    QueryEncoding,
    QueryOrder,
    Cookie,
    Styled,
    Twin,
    Body,
    FormFields,
    SpareBody,
}

/// Every kind, with what progenitor does there and why it is not what the document says.
pub const TABLE: &[(Kind, &str)] = &[
    (
        Kind::ApiVersion,
        "progenitor puts `api-version` with the document's version on every request; no document asks for it",
    ),
    (Kind::Accept, "progenitor names a media type only if the success or, beside an empty one, the error is JSON"),
    (
        Kind::PathEncoding,
        "progenitor leaves marks such as `:` and `,` bare in a path; RFC 6570 encodes all but the unreserved",
    ),
    (
        Kind::Backslash,
        "progenitor leaves `\\` bare in a path, where an address takes it for `/`: an id leads to another path",
    ),
    (Kind::EmptyPath, "progenitor sends an empty path parameter, which leads to the collection; we refuse it"),
    (
        Kind::QueryEncoding,
        "progenitor writes a query as a form, with `+` for a space and the commas between items encoded",
    ),
    (
        Kind::QueryOrder,
        "progenitor sorts by the published name and we by the Rust one; only within a name does order matter",
    ),
    (Kind::Cookie, "progenitor stops at a cookie"),
    (Kind::Styled, "progenitor has none of the styles for objects, JSON and choices"),
    (Kind::Twin, "progenitor knows a parameter by the letters of its name alone, so of two only one can be sent"),
    (Kind::Body, "progenitor stops at multipart and at bodies that are no JSON and no form"),
    (Kind::FormFields, "progenitor cannot write a list or an object into a form"),
    (Kind::SpareBody, "progenitor always sends a body, though it may be left out"),
];
