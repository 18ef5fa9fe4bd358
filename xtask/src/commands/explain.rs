//! `cargo xtask explain`: what the overlay and each lowering pass did to a document, or to one thing in it.

use super::lowered;
use crate::catalog::{Catalog, Layout};
use crate::document::{self, lookup, steps};
use crate::gate::Received;
use crate::lower::schema::references_of;
use crate::lower::settled;
use crate::model::{Change, Operation, OperationKind, Service};
use crate::names::type_name;
use crate::names_lock::Names;
use crate::problem::Problem;
use crate::shown::{line, lines};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// `words` is the service and what is asked of it; with `spec` the latter alone.
pub fn run(layout: &Layout, words: &[String], spec: Option<&Path>) -> Result<String, Problem> {
    let catalog = Catalog::read(layout)?;
    let (service, doc, rest) = match spec {
        Some(path) => {
            let (shown, doc) = (path.display().to_string(), document::read(path)?);
            let service = settled(
                &shown,
                "document",
                Received::new(doc.clone()),
                &catalog.policy_outside(&[]),
                &mut Names::default(),
            )?;
            (service, Arc::new(doc), words)
        }
        None => {
            let (name, rest) = words.split_first().ok_or_else(|| {
                let services: Vec<&str> = catalog.services().map(|d| d.service.as_str()).collect();
                let remedy = format!("name a service of {}, or a document by --spec", services.join(", "));
                Problem::new("explain", "", "there is nothing to explain", remedy)
            })?;
            let found = catalog.select(layout, std::slice::from_ref(name))?;
            let entry = found.first().ok_or_else(|| Problem::new(name, "", "there is no such service", ""))?;
            let (_, doc) = super::pinned(layout, name)?;
            (lowered(layout, &catalog, entry)?.0, doc, rest)
        }
    };
    // `POST /path` comes in two words.
    let asked = rest.join(" ");
    match asked.trim() {
        "" => Ok(whole(&service)),
        asked => find(&service, &doc, asked).map(|found| found.text(&service)),
    }
}

/// The things that are explained, by their places.
#[derive(Debug, Default)]
struct Found {
    title: String,
    /// Places whose changes are told, with all below them.
    pointers: Vec<String>,
    /// What else there is to know of it.
    facts: Vec<String>,
}

fn find(service: &Service, doc: &Value, asked: &str) -> Result<Found, Problem> {
    if asked.starts_with("#/") || asked.starts_with('/') {
        return pointer(service, doc, asked.trim_start_matches('#'));
    }
    if let Some(op) = service.operations.iter().find(|op| is_named(op, asked)) {
        return Ok(operation(op));
    }
    if let Some((name, pointer)) = service.origins.iter().find(|(name, pointer)| is_type(name, pointer, asked)) {
        return Ok(schema(service, name, pointer));
    }
    let operations = service.operations.iter();
    let mut known: Vec<String> = operations
        .flat_map(|op| [op.id.line(), op.name.clone(), line(&op.call())])
        .chain(service.origins.keys().cloned())
        .collect();
    known.sort();
    known.dedup();
    Err(unknown(service, format!("there is no operation and no schema `{asked}`"), asked, known))
}

fn is_named(op: &Operation, asked: &str) -> bool {
    let call = asked.split_once(char::is_whitespace);
    op.id == asked
        || op.name == asked
        || call.is_some_and(|(method, path)| op.method.eq_ignore_ascii_case(method) && op.path == path.trim())
}

/// By its name in Rust, or by that of the component.
fn is_type(name: &str, pointer: &str, asked: &str) -> bool {
    let path = steps(pointer);
    let component = path.len() <= 3 && path.last().is_some_and(|last| last == asked);
    name == asked || component || name == type_name(asked)
}

/// An error that lists what is written most alike.
fn unknown(service: &Service, reason: String, asked: &str, known: Vec<String>) -> Problem {
    let lower = asked.to_lowercase();
    let likeness = |name: &str| {
        let contained = if name.contains(&lower) { 1.0 } else { 0.0 };
        contained + strsim::jaro_winkler(&lower, name)
    };
    let mut near: Vec<(f64, String)> = known.into_iter().map(|name| (likeness(&name.to_lowercase()), name)).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<String> = near.into_iter().take(5).map(|(_, name)| format!("`{name}`")).collect();
    let remedy = match near.is_empty() {
        true => "the document has none".to_string(),
        false => format!("the nearest are {}", near.join(", ")),
    };
    Problem::new(service.file.clone(), "", reason, remedy)
}

fn pointer(service: &Service, doc: &Value, asked: &str) -> Result<Found, Problem> {
    let touched = service.changes.iter().any(|c| below(&c.pointer, asked));
    // An overlay may have put it there, or a pass.
    if lookup(doc, &steps(asked)).is_none() && !touched {
        let mut head = asked;
        while lookup(doc, &steps(head)).is_none() {
            head = head.rsplit_once('/').map_or("", |(head, _)| head);
        }
        let known = match lookup(doc, &steps(head)) {
            Some(Value::Object(map)) => map.keys().map(|key| document::at(head, key)).collect(),
            _ => Vec::new(),
        };
        return Err(unknown(service, format!("the document has nothing at `{asked}`"), asked, known));
    }
    let mut found = Found { title: format!("#{asked}"), pointers: vec![asked.into()], ..Found::default() };
    let types = service.origins.iter().filter(|(_, origin)| *origin == asked);
    found.facts.extend(types.map(|(name, _)| format!("is the type `{name}`")));
    Ok(found)
}

fn operation(op: &Operation) -> Found {
    let kind = if op.kind == OperationKind::Call { "method" } else { "event" };
    let mut pointers = vec![op.pointer.clone()];
    // Those of the path stand outside of it.
    let parts = op.parameters.iter().map(|p| &p.pointer).chain(op.body.as_ref().map(|b| &b.pointer));
    for pointer in parts.chain(op.responses.iter().map(|a| &a.pointer)) {
        if !pointers.iter().any(|known| below(pointer, known)) {
            pointers.push(pointer.clone());
        }
    }
    let mut names = Vec::new();
    op.body.iter().for_each(|b| references_of(&b.schema, &mut names));
    op.responses.iter().filter_map(|a| a.schema.as_ref()).for_each(|s| references_of(s, &mut names));
    let types: BTreeSet<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let mut facts = vec![format!("operation id {}, {kind} `{}`", op.id.code(), op.name)];
    if !types.is_empty() {
        facts.push(format!("its types: {}", types.into_iter().collect::<Vec<_>>().join(", ")));
    }
    Found { title: line(&op.call()), pointers, facts }
}

fn schema(service: &Service, name: &str, pointer: &str) -> Found {
    let mut facts = Vec::new();
    if let Some(same) = service.aliases.get(name) {
        facts.push(format!("a second name of `{same}`, described at #{}", service.origin(same)));
    }
    let seconds = service.aliases.iter().filter(|(_, of)| *of == name).map(|(second, _)| format!("`{second}`"));
    let seconds: Vec<String> = seconds.collect();
    if !seconds.is_empty() {
        facts.push(format!("also {}", seconds.join(", ")));
    }
    Found { title: format!("`{name}`, described at #{pointer}"), pointers: vec![pointer.into()], facts }
}

/// Whether a place is the other one, or inside it.
fn below(pointer: &str, of: &str) -> bool {
    pointer.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Found {
    fn text(&self, service: &Service) -> String {
        let mut out = format!("{}\n{}\n", line(&service.file), line(&self.title));
        for fact in &self.facts {
            let _ = writeln!(out, "  {}", line(fact));
        }
        let of = |c: &&Change| self.pointers.iter().any(|pointer| below(&c.pointer, pointer));
        let found: Vec<&Change> = service.changes.iter().filter(of).collect();
        if found.is_empty() {
            out.push_str("\nno overlay and no pass changed it\n");
        }
        out.push_str(&by_place(&found));
        // What was done to all that it stands in was done to it, too.
        let around = |c: &&Change| {
            self.pointers.iter().any(|p| *p != c.pointer && below(p, &c.pointer)) && c.pointer.matches('/').count() > 1
        };
        let around: Vec<&Change> = service.changes.iter().filter(around).collect();
        if !around.is_empty() {
            out.push_str("\naround it:\n");
            out.push_str(&by_place(&around));
        }
        out
    }
}

/// Changes under the place they concern, in the order in which they were made.
fn by_place(changes: &[&Change]) -> String {
    let mut places: Vec<(&str, Vec<&Change>)> = Vec::new();
    for change in changes {
        match places.iter_mut().find(|(place, _)| *place == change.pointer) {
            Some((_, list)) => list.push(change),
            None => places.push((&change.pointer, vec![change])),
        }
    }
    let mut out = String::new();
    for (place, list) in places {
        let _ = write!(out, "\n{}\n", line(&format!("#{place}")));
        for change in list {
            let mark = if change.warning { "warning: " } else { "" };
            let _ = writeln!(out, "  {:<16} {mark}{}", change.pass, lines(&change.what, "  "));
        }
    }
    out
}

/// How much each pass did, and what a person should know of.
fn whole(service: &Service) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    service.changes.iter().for_each(|c| *counts.entry(c.pass).or_default() += 1);
    let mut out = format!("{}\n\n", line(&service.file));
    for (pass, count) in counts {
        let _ = writeln!(out, "  {pass:<16} {count:>6} changes");
    }
    let listed: Vec<&Change> = service.changes.iter().filter(|c| c.warning || c.pass == crate::overlay::PASS).collect();
    out.push_str(&by_place(&listed));
    out.push_str("\nname a pointer, an operation or a schema to see all that was done to it\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "api.example.com",
            "paths": {"/things/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"}],
                "put": {"operationId": "things_put", "parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/thing-body"}}],
                    "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/thing-body"}}}}}},
            "definitions": {
                "thing-body": {"type": "object", "required": ["ghost"], "properties": {"code": {"type": "string", "maxLength": 3},
                    "inner": {"type": "object", "properties": {"x": {"type": "string", "enum": ["a", "b"]}}}}},
                "Same": {"type": "object", "properties": {"y": {"type": "string"}}},
                "Same2": {"type": "object", "properties": {"y": {"type": "string"}}}}
        })
    }

    fn explained(asked: &str) -> Result<String, Problem> {
        let doc = document();
        let service = lowered(doc.clone());
        find(&service, &doc, asked).map(|found| found.text(&service))
    }

    #[test]
    fn an_operation_is_found_by_all_its_names_with_what_was_done_to_its_parts() {
        let text = explained("things_put").expect("by id");
        for asked in ["PUT /things/{id}", "put /things/{id}", "replace_thing", "update_thing", "put_thing"] {
            if let Ok(other) = explained(asked) {
                assert_eq!(other, text, "{asked}");
            }
        }
        assert_eq!(explained("PUT /things/{id}").expect("by method and path"), text);
        for part in [
            "PUT /things/{id}",
            "operation id `things_put`",
            "its types: `ThingBody`",
            "\n#/paths/~1things~1{id}/parameters/0\n",
            "joined by `|`",
            "is the request body",
            "method_names ",
            "is idempotent, by its method",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_schema_is_found_by_its_published_and_its_generated_name() {
        let text = explained("thing-body").expect("published");
        assert_eq!(explained("ThingBody").expect("generated"), text);
        for part in [
            "`ThingBody`, described at #/definitions/thing-body",
            "`thing-body` is `ThingBody` in Rust",
            "warning: `ghost` is required and not described",
            "#/definitions/thing-body/properties/code\n  values           the description says, and no type: Length: at most 3.",
            "is the type `ThingBodyInner`",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let inner = explained("ThingBodyInner").expect("an inner type");
        assert!(inner.contains("described at #/definitions/thing-body/properties/inner"), "{inner}");
        assert!(explained("Same2").expect("a second name").contains("a second name of `Same`"));
        assert!(explained("Same").expect("the first name").contains("also `Same2`"));
    }

    #[test]
    fn a_pointer_is_one_of_the_published_document() {
        let text = explained("#/definitions/thing-body/properties/code").expect("a place");
        assert!(text.contains("Length: at most 3."), "{text}");
        assert!(text.contains("around it:\n\n#/definitions/thing-body\n"), "{text}");
        assert!(explained("/host").expect("a place").contains("no overlay and no pass changed it"));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let problem = explained("thing_put").expect_err("unknown");
        assert!(problem.reason.contains("`thing_put`") && problem.remedy.contains("`things_put`"), "{problem}");
        let problem = explained("bodyinner").expect_err("unknown");
        assert!(problem.remedy.starts_with("the nearest are `ThingBodyInner`"), "{problem}");
        let problem = explained("ThingBodies").expect_err("unknown");
        assert!(problem.remedy.contains("`ThingBody`"), "{problem}");
        let problem = explained("/definitions/thing-bod/x").expect_err("unknown");
        assert!(problem.remedy.contains("`/definitions/thing-body`"), "{problem}");
    }
}
