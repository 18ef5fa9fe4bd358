//! Servers: which address each operation is called at.

use super::Source;
use super::canonical::same;
use super::operations::Op;
use super::rules::*;
use super::walk::{By, To, Walk};
use super::words::Words;
use crate::document::at;
use crate::gate::text::code;
use crate::model::OperationKind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The list that counts: the operation's, else the path's, else the document's.
fn servers<'a>(op: Op<'a>, root: &'a Value) -> (String, &'a Value) {
    let lists = [
        (at(&op.pointer(), "servers"), &op.value["servers"]),
        (at(&op.item_pointer(), "servers"), &op.item["servers"]),
        ("/servers".to_string(), &root["servers"]),
    ];
    let found = lists.into_iter().find(|(_, list)| list.as_array().is_some_and(|l| !l.is_empty()));
    found.unwrap_or_else(|| ("/servers".into(), &Value::Null))
}

pub fn run<'a>(walk: &mut Walk<'a>, by: &By, old: Op<'a>, new: Op<'a>) {
    let (Some(was), Some(is)) = (old.made, new.made) else { return };
    // An event goes to the address that the merchant gave.
    let by = By { live: is.kind == OperationKind::Call, ..by.clone() };
    let to = To::Operation(&by);
    let ((old_at, old_list), (new_at, new_list)) = (servers(old, walk.old.root), servers(new, walk.new.root));
    let mut told = false;
    if was.server != is.server {
        told = true;
        let (before, now) = (shown(&was.server), shown(&is.server));
        let (rule, message) = match (host(&was.server), host(&is.server)) {
            (before_host, now_host) if before_host != now_host => (
                &HOST_CHANGED,
                format!(
                    "{} is the host now, was {}: the server is {now}, was {before}",
                    shown(&now_host),
                    shown(&before_host)
                ),
            ),
            _ => (&SERVER_CHANGED, format!("the server is {now} now, was {before}")),
        };
        walk.tell(to, rule, &old_at, &new_at, message);
    }
    if was.test_server != is.test_server {
        told = true;
        let rule = if was.test_server.is_empty() { &TEST_SERVER_ADDED } else { &TEST_SERVER_CHANGED };
        let message =
            format!("the server of test accounts is {} now, was {}", shown(&is.test_server), shown(&was.test_server));
        walk.tell(to, rule, &old_at, &new_at, message);
    }
    if !told && !same(old_list, new_list) {
        walk.tell(to, &SERVERS_NOTED, &old_at, &new_at, "the list of servers changed; the one that is called stays");
    }
}

fn shown(url: &str) -> String {
    if url.is_empty() { "none".to_string() } else { code(url) }
}

/// The host that is really called; what is no address is its own.
fn host(server: &str) -> String {
    match url::Url::parse(server) {
        Ok(url) => url.host_str().unwrap_or_default().to_string(),
        Err(_) => server.to_string(),
    }
}

/// Hosts that no call went to before, each with all calls that go there.
pub fn hosts(walk: &mut Walk<'_>) {
    let calls = |source: &'_ Source| -> Vec<(String, By, String)> {
        let mut out = Vec::new();
        for op in super::operations::operations(source) {
            let Some(made) = op.made.filter(|made| made.kind == OperationKind::Call) else { continue };
            let place = servers(op, &source.doc).0;
            for server in [&made.server, &made.test_server] {
                out.push((host(server), op.by(), place.clone()));
            }
        }
        out
    };
    let known: BTreeSet<String> = calls(walk.old_source).into_iter().map(|(host, ..)| host).collect();
    // One change for each host, at the first place that names it.
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (host, by, place) in calls(walk.new_source) {
        if !host.is_empty() && !known.contains(&host) {
            let place = places.entry(host.clone()).or_insert(place);
            let message = format!("{} is a new host: calls and the credential for them go there", code(&host));
            walk.tell(To::Operation(&by), &HOST_ADDED, "/servers", place, Words::from(message).of(""));
        }
    }
}
