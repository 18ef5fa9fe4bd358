//! What a subscription wants of an event: `fields` is a mask such as `account(id,address(city))`, `exclude_fields` a list of
//! what is to be left out. Dintero shows the form by one example alone; a dot or a slash is read as brackets are, and who
//! the event is for and what it is stays in every case.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What every event has.
const ALWAYS: [&str; 3] = ["account_id", "event", "event_delivery"];

/// Brackets deeper than this are no mask of anything.
const DEEPEST: usize = 16;

/// Names, each with those within it; none within it means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tree(BTreeMap<String, Tree>);

/// As a subscription has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mask {
    wanted: Option<Tree>,
    unwanted: Tree,
}

impl Mask {
    /// `Err` tells which field cannot be read, and why.
    pub(super) fn of(subscription: &Map<String, Value>) -> Result<Self, (&'static str, String)> {
        let mut mask = Self::default();
        if let Some(text) = subscription.get("fields").and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
            mask.wanted = Some(Tree::read(text).map_err(|why| ("fields", why))?);
        }
        let list = subscription.get("exclude_fields").and_then(Value::as_array).into_iter().flatten();
        for text in list.filter_map(Value::as_str) {
            mask.unwanted.add(Tree::read(text).map_err(|why| ("exclude_fields", why))?);
        }
        Ok(mask)
    }

    pub(super) fn apply(&self, mut body: Value) -> Value {
        if let (Some(wanted), Value::Object(fields)) = (&self.wanted, &mut body) {
            fields.retain(|name, value| ALWAYS.contains(&name.as_str()) || wanted.keep(name, value));
        }
        if let Value::Object(fields) = &mut body {
            fields.retain(|name, value| ALWAYS.contains(&name.as_str()) || self.unwanted.leave(name, value));
        }
        body
    }
}

impl Tree {
    fn read(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let tree = Self::list(&mut rest, 0)?;
        match rest.is_empty() {
            true => Ok(tree),
            false => Err(format!("`{text}` is no mask: a bracket is closed that was not opened")),
        }
    }

    /// To the bracket that closes it, or to the end.
    fn list(rest: &mut &str, depth: usize) -> Result<Self, String> {
        if depth > DEEPEST {
            return Err(format!("it has more than {DEEPEST} brackets in each other"));
        }
        let mut tree = Self::default();
        loop {
            let end = rest.find(['(', ')', ',']).unwrap_or(rest.len());
            let (path, left) = rest.split_at(end);
            *rest = left;
            let names: Vec<&str> = path.split(['.', '/']).map(str::trim).collect();
            if names.iter().any(|name| name.is_empty()) || names.len() > DEEPEST {
                return Err(format!("before `{left}` there is no name of a field"));
            }
            let mut inner = Self::default();
            if let Some(within) = rest.strip_prefix('(') {
                *rest = within;
                inner = Self::list(rest, depth + 1)?;
                *rest = rest.strip_prefix(')').ok_or("a bracket is open at its end")?;
            }
            for name in names.into_iter().rev() {
                inner = Self(BTreeMap::from([(name.to_owned(), inner)]));
            }
            tree.add(inner);
            match rest.strip_prefix(',') {
                Some(more) => *rest = more,
                None => return Ok(tree),
            }
        }
    }

    fn add(&mut self, other: Self) {
        for (name, inner) in other.0 {
            match self.0.get_mut(&name) {
                // All of it is asked for already, or now.
                Some(known) if known.0.is_empty() || inner.0.is_empty() => known.0.clear(),
                Some(known) => known.add(inner),
                None => drop(self.0.insert(name, inner)),
            }
        }
    }

    fn within(&self, name: &str) -> Option<&Self> {
        self.0.get(name).or_else(|| self.0.get("*"))
    }

    /// Whether a field is wanted; what it holds is cut down to what is.
    fn keep(&self, name: &str, value: &mut Value) -> bool {
        let Some(inner) = self.within(name) else { return false };
        if !inner.0.is_empty() {
            each(value, &mut |fields| fields.retain(|name, value| inner.keep(name, value)));
        }
        true
    }

    /// Whether a field stays; what it holds loses what does not.
    fn leave(&self, name: &str, value: &mut Value) -> bool {
        let Some(inner) = self.within(name) else { return true };
        each(value, &mut |fields| fields.retain(|name, value| inner.leave(name, value)));
        !inner.0.is_empty()
    }
}

/// An object, or all of a list.
fn each(value: &mut Value, f: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => f(fields),
        Value::Array(list) => list.iter_mut().for_each(|value| each(value, f)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(subscription: Value) -> Result<Mask, (&'static str, String)> {
        Mask::of(subscription.as_object().expect("object"))
    }

    #[test]
    fn what_is_asked_for_is_sent_and_no_more() {
        let body = || {
            json!({"account_id": "T1", "event": "e", "event_delivery": "d",
                "account": {"id": 1, "name": "n", "address": {"city": "Oslo", "street": "s"}}, "items": [{"id": 1, "a": 2}], "more": 1})
        };
        for (subscription, left) in [
            (json!({}), json!({"account": body()["account"], "items": [{"id": 1, "a": 2}], "more": 1})),
            (
                json!({"fields": "account(id,address(city))"}),
                json!({"account": {"id": 1, "address": {"city": "Oslo"}}}),
            ),
            (
                json!({"fields": "account.address.city, items/id"}),
                json!({"account": {"address": {"city": "Oslo"}}, "items": [{"id": 1}]}),
            ),
            (
                json!({"fields": "*", "exclude_fields": ["account", "event"]}),
                json!({"items": [{"id": 1, "a": 2}], "more": 1}),
            ),
            (
                json!({"exclude_fields": ["account(name,address)", "items.a", "more"]}),
                json!({"account": {"id": 1}, "items": [{"id": 1}]}),
            ),
            (json!({"fields": "none"}), json!({})),
        ] {
            let mut sent = of(subscription.clone()).expect("a mask").apply(body());
            for name in ALWAYS {
                assert!(sent.as_object_mut().expect("object").remove(name).is_some(), "{name} stays: {subscription}");
            }
            assert_eq!(sent, left, "{subscription}");
        }
    }

    #[test]
    fn what_is_no_mask_is_refused() {
        for text in ["a(", "a(b", "a)b", "a,,b", "a..b", &"a(".repeat(500), "(a)"] {
            assert_eq!(of(json!({"fields": text})).expect_err("refused").0, "fields", "{text}");
        }
        assert_eq!(of(json!({"exclude_fields": ["a("]})).expect_err("refused").0, "exclude_fields");
    }
}
