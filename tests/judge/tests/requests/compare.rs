//! Both requests of a case, side by side.
//!
//! What may differ follows from the operation's parameters and bodies, never from its name.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::case::Case;
use crate::recorded::{Recorded, decoded, pairs};
use crate::table::Kind;

/// Set by the transport or the HTTP client, not by an operation; credentials are judged in tests of their own.
const TRANSPORTS: [&str; 5] = ["authorization", "content-length", "host", "user-agent", "x-api-key"];

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The differences that the table explains, and in words those that it does not.
#[derive(Debug, Default)]
pub struct Differences {
    pub explained: BTreeSet<Kind>,
    pub unexplained: Vec<String>,
}

impl Differences {
    pub fn of(kind: Kind) -> Self {
        Self { explained: [kind].into(), unexplained: Vec::new() }
    }

    fn tell(&mut self, may: Option<Kind>, what: &str, ours: &impl std::fmt::Debug, theirs: &impl std::fmt::Debug) {
        match may {
            Some(kind) => drop(self.explained.insert(kind)),
            None => self.unexplained.push(format!("{what}: {ours:?} is ours, {theirs:?} is progenitor's")),
        }
    }
}

/// `suffix` is what was put after each text.
pub fn compare(case: &Case, suffix: &str, ours: &Recorded, theirs: &Recorded) -> Differences {
    let mut out = Differences::default();
    // With it each list has two items; without, no item has a comma of its own.
    let commas = |lists: usize| if suffix.is_empty() && lists > 0 { usize::MAX } else { lists };
    let untold = |place: &str| case.untold.iter().find(|(p, _, _)| *p == place).map(|(_, _, kind)| *kind);
    let told = |places: &[&str], kind: Kind| case.told.iter().any(|(p, _, _)| places.contains(p)).then_some(kind);

    if ours.method != theirs.method {
        out.tell(None, "method", &ours.method, &theirs.method);
    }

    if ours.steps() != theirs.steps() {
        let as_slashes = ours.steps().join("/").replace('\\', "/") == theirs.steps().join("/");
        let may = told(&["path"], Kind::Backslash).filter(|_| as_slashes && ours.path.contains("%5C"));
        out.tell(untold("path").or(may), "path", &ours.path, &theirs.path);
    } else if ours.path != theirs.path {
        let lists = case.told.iter().filter(|(place, _, is_list)| *place == "path" && *is_list).count();
        let may = told(&["path", "account"], Kind::PathEncoding).filter(|_| is_exact(&ours.path, '/', commas(lists)));
        out.tell(may, "path as written", &ours.path, &theirs.path);
    }

    let (our_pairs, their_pairs) = (ours.pairs(), theirs.pairs());
    if by_name(&our_pairs) != by_name(&their_pairs) {
        let missing = their_pairs.iter().any(|pair| !our_pairs.contains(pair));
        out.tell(untold("query").filter(|_| !missing), "query", &our_pairs, &their_pairs);
    } else {
        if our_pairs != their_pairs {
            out.tell(told(&["query"], Kind::QueryOrder), "order of the query", &our_pairs, &their_pairs);
        }
        if sorted(&ours.query) != sorted(&theirs.query) {
            let is_list = |name: &str| case.told.iter().any(|(p, wire, list)| *p == "query" && *list && *wire == name);
            let exact =
                |((name, _), raw): (&(String, String), &str)| is_exact(raw, '=', commas(usize::from(is_list(name))));
            let all = our_pairs.iter().zip(ours.query.split('&')).all(exact);
            let may = told(&["query"], Kind::QueryEncoding).filter(|_| all);
            out.tell(may, "query as written", &ours.query, &theirs.query);
        }
    }

    // A body that progenitor had to be given though we were given none.
    let spare = ours.body.is_empty() && !theirs.body.is_empty();
    let body_may = untold("body").or(untold("bytes")).or(untold("parts"));
    let body_may = body_may.or((spare && told(&["body"], Kind::SpareBody).is_some()).then_some(Kind::SpareBody));

    let names: BTreeSet<&str> = ours.headers.iter().chain(&theirs.headers).map(|(name, _)| name.as_str()).collect();
    for name in names.into_iter().filter(|name| !TRANSPORTS.contains(name)) {
        let (ours_has, mut theirs_has) = (ours.header(name), theirs.header(name));
        if name == "accept" && theirs_has.is_empty() && ours_has == ["*/*"] {
            // reqwest puts it on whatever has none.
            continue;
        }
        if name == "api-version" && !theirs_has.is_empty() {
            theirs_has.remove(0);
            out.explained.insert(Kind::ApiVersion);
        }
        if ours_has == theirs_has {
            continue;
        }
        let untold_header = case.untold.iter().find(|(p, wire, _)| *p == "header" && wire.eq_ignore_ascii_case(name));
        let may = match name {
            "accept" if theirs_has.is_empty() && ours_has == [case.operation.accept] => Some(Kind::Accept),
            "content-type" => body_may,
            "cookie" => untold("cookie").filter(|_| theirs_has.is_empty()),
            _ => untold_header.map(|(_, _, kind)| *kind).filter(|_| theirs_has.is_empty()),
        };
        out.tell(may, name, &ours_has, &theirs_has);
    }

    if !same_body(case, ours, theirs) {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        out.tell(body_may, "body", &text(&ours.body), &text(&theirs.body));
    }
    out
}

/// Whether all between the separators is encoded but for the unreserved, as RFC 6570 says, and but for so many commas
/// between the items of lists.
fn is_exact(text: &str, separator: char, commas: usize) -> bool {
    let exact = |part: &str| utf8_percent_encode(&decoded(part), RESERVED).to_string() == part;
    text.split([separator, ',']).all(exact) && text.matches(',').count() <= commas
}

fn sorted(query: &str) -> Vec<&str> {
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    pairs
}

/// The pairs by name; those of one name stay in their order.
fn by_name(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

fn same_body(case: &Case, ours: &Recorded, theirs: &Recorded) -> bool {
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    match case.operation.content_type {
        _ if ours.body == theirs.body => true,
        "application/x-www-form-urlencoded" => {
            by_name(&pairs(&text(&ours.body))) == by_name(&pairs(&text(&theirs.body)))
        }
        _ => match (serde_json::from_slice::<Value>(&ours.body), serde_json::from_slice::<Value>(&theirs.body)) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            _ => false,
        },
    }
}
