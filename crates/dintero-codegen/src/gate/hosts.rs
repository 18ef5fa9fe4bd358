//! The hosts that may be called and given a credential: an allow-list of the catalog, compared after parsing.
//!
//! For: the server of an operation is what a document says, and the token of the login goes there. A document that nobody
//! has seen may use another host of the provider's own domain, and is told to; any other stops its service.

use super::text::{code, is_unseen};
use crate::model::{Change, Operation, OperationKind, SecurityScheme, Service};
use crate::problem::Problem;
use std::collections::BTreeMap;
use url::Url;

pub const PASS: &str = "hosts";

/// The list, and what becomes of a server that is not on it.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// Exact names (`api.example.com`), and suffixes that begin with a dot (`.example.com`).
    pub allowed: Vec<String>,
    /// A document from outside of the catalog: its operations elsewhere are called without a credential.
    pub outside: bool,
}

/// What a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// It leaves the host to its reader.
    Relative,
    /// An exact name of the list.
    Known,
    /// Its host is of a domain on the list.
    Within(String),
    /// Its host, or the text where there is none, and what is wrong with it.
    Untrusted(String, String),
}

impl Hosts {
    /// Whether each entry is a host, or a suffix of at least two words.
    pub fn check(file: &str, allowed: &[String]) -> Result<(), Problem> {
        for entry in allowed {
            let name = entry.strip_prefix('.').unwrap_or(entry);
            let host = url::Host::parse(name);
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
            let sound = plain
                && matches!(&host, Ok(url::Host::Domain(domain)) if domain == name)
                && !name.ends_with('.')
                && (!entry.starts_with('.') || name.contains('.'));
            if !sound {
                return Err(Problem::new(
                    file,
                    "",
                    format!(
                        "{} in `hosts` is neither the name of a host nor a suffix such as `.example.com`",
                        code(entry)
                    ),
                    "write it in lower case, without scheme, port or path; a suffix begins with a dot and has two words",
                ));
            }
        }
        Ok(())
    }

    pub fn judge(&self, server: &str) -> Server {
        if server.chars().any(|c| is_unseen(c) || c.is_whitespace() || c == '\\') {
            return Server::Untrusted(server.into(), "it holds a character that no address has".into());
        }
        if !server.contains("://") {
            // `//host` is completed before; a scheme without slashes (`javascript:`) is none that can be called.
            return match !server.contains([':', '?', '#', '@']) {
                true => Server::Relative,
                false => Server::Untrusted(server.into(), "it is no address".into()),
            };
        }
        let url = match Url::parse(server) {
            Ok(url) => url,
            Err(why) => return Server::Untrusted(server.into(), format!("it is no address: {why}")),
        };
        let host = url.host_str().unwrap_or_default().to_string();
        let untrusted = |why: &str| Server::Untrusted(host.clone(), why.into());
        if url.scheme() != "https" {
            return untrusted("it is not https");
        }
        if !url.username().is_empty() || url.password().is_some() || authority(server).contains('@') {
            return untrusted("it has a user name, behind which the real host stands");
        }
        if url.port().is_some() {
            return untrusted("it has a port of its own");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return untrusted("it has a query or a fragment");
        }
        if self.allowed.contains(&host) {
            return Server::Known;
        }
        let within = |suffix: &&String| {
            suffix.starts_with('.') && host.strip_suffix(suffix.as_str()).is_some_and(|rest| !rest.is_empty())
        };
        match self.allowed.iter().find(within) {
            Some(_) => Server::Within(host),
            None => untrusted("it is not on the list of hosts"),
        }
    }
}

fn authority(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Judges the servers of all calls.
pub fn run(service: &mut Service, hosts: &Hosts) -> Result<(), Problem> {
    let mut untrusted: BTreeMap<(String, String), Vec<&Operation>> = BTreeMap::new();
    let mut changes: Vec<Change> = Vec::new();
    // What is sent to the merchant has no server of its own.
    for op in service.operations.iter().filter(|op| op.kind == OperationKind::Call) {
        for server in [&op.server, &op.test_server] {
            match hosts.judge(server) {
                Server::Relative | Server::Known => {}
                Server::Within(host) => {
                    let what =
                        format!("the host {} is let in by its domain; nobody has entered it by name", code(&host));
                    tell(&mut changes, op, what);
                }
                Server::Untrusted(host, why) => untrusted.entry((host, why)).or_default().push(op),
            }
        }
    }
    if !hosts.outside
        && let Some(((entry, _), first)) = untrusted.first_key_value()
    {
        let named: Vec<String> = untrusted.iter().map(|((host, why), calls)| named(host, why, calls)).collect();
        return Err(Problem::new(
            service.file.clone(),
            first.first().map(|op| op.pointer.clone()).unwrap_or_default(),
            format!("names a server that may neither be called nor given the login's token: {}", named.join("; ")),
            format!(
                "if the publisher confirms the host, add {entry:?} to `hosts` under [house] in specs/catalog.toml; else \
                 leave the service as it is pinned"
            ),
        ));
    }
    anonymous(service, hosts, &mut changes);
    service.changes.append(&mut changes);
    Ok(())
}

fn named(host: &str, why: &str, calls: &[&Operation]) -> String {
    let shown: Vec<String> =
        calls.iter().take(5).map(|op| format!("`{} {}`", op.method_upper(), op.path.line())).collect();
    let more = if calls.len() > 5 { format!(" and {} more", calls.len() - 5) } else { String::new() };
    format!("{} ({why}), of {}{more}", code(host), shown.join(", "))
}

/// Once for each thing that is to be said.
fn tell(changes: &mut Vec<Change>, op: &Operation, what: String) {
    if !changes.iter().any(|change| change.what == what) {
        changes.push(Change { pass: PASS, pointer: op.pointer.clone(), what, warning: true });
    }
}

/// Calls of an outside document to a host that is not allowed are made without a credential; what events say of servers
/// is of no use.
fn anonymous(service: &mut Service, hosts: &Hosts, changes: &mut Vec<Change>) {
    for op in &mut service.operations {
        let untrusted = |server: &str| matches!(hosts.judge(server), Server::Untrusted(..));
        if op.kind == OperationKind::Event {
            for server in [&mut op.server, &mut op.test_server] {
                if untrusted(server) {
                    *server = Default::default();
                }
            }
            continue;
        }
        let credential = op.auth.iter().any(|auth| *auth != SecurityScheme::None);
        if credential && (untrusted(&op.server) || untrusted(&op.test_server)) {
            op.auth.clear();
            let server = op.server.code();
            let what =
                format!("no credential is sent to {server}; allow the host by `--allow-host` if it is to have one");
            tell(changes, op, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts { allowed: vec!["api.example.com".into(), ".example.com".into(), "only.test".into()], outside: false }
    }

    #[test]
    fn a_host_is_judged_after_parsing() {
        let known = |server: &str| hosts().judge(server);
        for server in ["https://api.example.com/v1", "https://API.example.com:443", "https://only.test"] {
            assert_eq!(known(server), Server::Known, "{server}");
        }
        assert_eq!(known("https://new.example.com/v1"), Server::Within("new.example.com".into()));
        for server in ["", "/v1", "v1/x"] {
            assert_eq!(known(server), Server::Relative, "{server}");
        }
        for (server, why) in [
            ("https://api.example.com@evil.test/v1", "user name"),
            ("https://@api.example.com/v1", "user name"),
            ("https://a:b@api.example.com", "user name"),
            ("https://evil.test/v1", "not on the list"),
            ("https://example.com/v1", "not on the list"),
            ("https://notexample.com/v1", "not on the list"),
            ("https://api.example.com.evil.test/v1", "not on the list"),
            ("https://api.example.com./v1", "not on the list"),
            ("https://sub.only.test/v1", "not on the list"),
            ("https://127.0.0.1/v1", "not on the list"),
            ("http://api.example.com/v1", "not https"),
            ("ftp://api.example.com/v1", "not https"),
            ("https://api.example.com:8443/v1", "port"),
            ("https://evil.test\\@api.example.com/", "character"),
            ("https://evil.test\t.example.com/", "character"),
            ("https://{host}/v1", "not on the list"),
            ("https://api.example.com?x", "query"),
            ("javascript:alert(1)", "no address"),
            ("https://ex\u{430}mple.com/", "not on the list"),
        ] {
            let Server::Untrusted(_, reason) = known(server) else { panic!("{server}: {:?}", known(server)) };
            assert!(reason.contains(why), "{server}: {reason}");
        }
    }

    #[test]
    fn an_entry_is_a_host_or_a_suffix() {
        for entry in ["api.example.com", ".example.com", "localhost"] {
            assert!(Hosts::check("f", &[entry.to_string()]).is_ok(), "{entry}");
        }
        for entry in ["", ".", ".com", "https://x.test", "x.test:1", "X.test", "x.test.", "*.x.test", "x y"] {
            assert!(Hosts::check("f", &[entry.to_string()]).is_err(), "{entry}");
        }
    }
}
