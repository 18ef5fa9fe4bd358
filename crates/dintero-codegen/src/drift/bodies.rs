//! Request bodies: whether there is one, its media type, its schema.

use super::canonical::same;
use super::docs::{difference, keywords, map};
use super::limits::says_nothing;
use super::rules::*;
use super::schemas::{Slot, place};
use super::site::Site;
use super::walk::{By, To, Walk};
use crate::document::at;
use crate::lower::collect::{is_json, preferred};
use serde_json::Value;
use std::collections::BTreeSet;

pub fn run<'a>(walk: &mut Walk<'a>, by: &By, (old_at, old): (&str, &'a Value), (new_at, new): (&str, &'a Value)) {
    let to = To::Operation(by);
    let body = |op: &'a Value| op.get("requestBody").filter(|b| !b.is_null());
    let (old_at, new_at) = (at(old_at, "requestBody"), at(new_at, "requestBody"));
    let (old, new) = match (body(old), body(new)) {
        (None, None) => return,
        (None, Some(new)) => {
            let (place, new) = walk.new.resolve(new_at, new);
            let (rule, word) = match new["required"] == true {
                true => (&REQUIRED_REQUEST_BODY_ADDED, "required"),
                false => (&REQUEST_BODY_ADDED, "optional"),
            };
            return walk.tell(to, rule, &old_at, &place, format!("is new, {word}"));
        }
        (Some(_), None) => return walk.tell(to, &REQUEST_BODY_REMOVED, &old_at, &new_at, "is gone"),
        (Some(old), Some(new)) => (old, new),
    };
    let (old_at, old) = walk.old.resolve(old_at, old);
    let (new_at, new) = walk.new.resolve(new_at, new);
    let required = (at(&old_at, "required"), at(&new_at, "required"));
    match (old["required"] == true, new["required"] == true) {
        (false, true) => {
            walk.tell(to, &REQUEST_BODY_BECAME_REQUIRED, &required.0, &required.1, "is required now, was optional");
        }
        (true, false) => {
            walk.tell(to, &REQUEST_BODY_BECAME_OPTIONAL, &required.0, &required.1, "is optional now, was required");
        }
        _ => {}
    }
    let rules = Content {
        changed: &REQUEST_MEDIA_TYPE_CHANGED,
        noted: &REQUEST_MEDIA_TYPE_NOTED,
        encoding: &REQUEST_ENCODING_CHANGED,
    };
    content(walk, to, (&old_at, old), (&new_at, new), &rules);
    let (o, n) = (map(old), map(new));
    keywords(walk, to, (&old_at, o), (&new_at, n), &["required", "content"]);
}

/// What a change of media types means here.
pub struct Content {
    pub changed: &'static Rule,
    pub noted: &'static Rule,
    pub encoding: &'static Rule,
}

/// The media types of a body or an answer. The crate uses one of them; the others are only told.
pub fn content<'a>(
    walk: &mut Walk<'a>,
    to: To<'_>,
    (old_at, old): (&str, &'a Value),
    (new_at, new): (&str, &'a Value),
    rules: &Content,
) {
    let (old_at, new_at) = (at(old_at, "content"), at(new_at, "content"));
    let old_map = map(&old["content"]);
    let new_map = map(&new["content"]);
    let ((old_media, old_entry), (new_media, new_entry)) = (preferred(old_map), preferred(new_map));
    if old_media != new_media && !old_media.is_empty() && !new_media.is_empty() {
        let message = format!("the media type is `{new_media}` now, was `{old_media}`");
        // Parameters aside, and every form of JSON is JSON; what is sent has to be the very form.
        let essence = |media: &str| media.split(';').next().unwrap_or_default().trim().to_lowercase();
        let read = rules.noted == &RESPONSE_MEDIA_TYPE_NOTED;
        let alike = essence(old_media) == essence(new_media) || read && is_json(old_media) && is_json(new_media);
        walk.tell(
            to,
            if alike { rules.noted } else { rules.changed },
            &at(&old_at, old_media),
            &at(&new_at, new_media),
            message,
        );
    }
    let others: BTreeSet<&String> =
        old_map.keys().chain(new_map.keys()).filter(|m| *m != old_media && *m != new_media).collect();
    for media in others {
        let (o, n) = (old_map.get(media), new_map.get(media));
        if !same(o.unwrap_or(&Value::Null), n.unwrap_or(&Value::Null)) {
            let message = difference(&format!("the media type `{media}`"), o, n);
            walk.tell(to, rules.noted, &at(&old_at, media), &at(&new_at, media), message);
        }
    }
    if old_media.is_empty() || new_media.is_empty() {
        return;
    }
    let (old_at, new_at) = (at(&old_at, old_media), at(&new_at, new_media));
    // No schema is any JSON.
    let site = |at_media: &str, entry: &'a Value| {
        Site::new(at(at_media, "schema"), entry.get("schema").unwrap_or(&Value::Null))
    };
    place(walk, to, &site(&old_at, old_entry), &site(&new_at, new_entry), Slot::Value);
    let encoding = |entry: &'a Value| entry.get("encoding").filter(|e| !says_nothing("encoding", e));
    let (o, n) = (encoding(old_entry), encoding(new_entry));
    if !same(o.unwrap_or(&Value::Null), n.unwrap_or(&Value::Null)) {
        let message = difference("`encoding`", o, n);
        walk.tell(to, rules.encoding, &at(&old_at, "encoding"), &at(&new_at, "encoding"), message);
    }
    let (o, n) = (map(old_entry), map(new_entry));
    keywords(walk, to, (&old_at, o), (&new_at, n), &["schema", "encoding"]);
}
