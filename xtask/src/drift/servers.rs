//! Servers: which address each operation is called at.

use super::canonical::same;
use super::operations::Op;
use super::rules::*;
use super::walk::{By, To, Walk};
use crate::document::at;
use crate::model::Kind;
use serde_json::Value;

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
    let by = By { live: is.kind == Kind::Call, ..by.clone() };
    let to = To::Operation(&by);
    let ((old_at, old_list), (new_at, new_list)) = (servers(old, walk.old.root), servers(new, walk.new.root));
    let shown = |url: &str| if url.is_empty() { "none".to_string() } else { format!("`{url}`") };
    let mut told = false;
    if was.server != is.server {
        told = true;
        let message = format!("the server is {} now, was {}", shown(&is.server), shown(&was.server));
        walk.tell(to, &SERVER_CHANGED, &old_at, &new_at, message);
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
