//! specs/overlays: what we correct in a published document before it is lowered, as OpenAPI Overlay 1.0.
//!
//! `specs/overlays/<service>.yaml` is for the document that is pinned for that service; each action says why it is
//! there. An action that matches nothing any more, or changes nothing, is obsolete: the document has been corrected.

use crate::catalog::Layout;
use crate::document::{at, escape, steps, yaml};
use crate::gate::{Received, marks};
use crate::model::Change;
use crate::problem::Problem;
use roas_overlay::apply::{Apply, ApplyErrorKind, ApplyOptions};
use roas_overlay::v1_0::{Action, Info, Overlay, Version};
use roas_overlay::validation::Validate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_json_path::JsonPath;

pub const PASS: &str = "overlay";

/// What an overlay did.
#[derive(Debug, Default)]
pub struct Applied {
    /// By place in the published document.
    pub changes: Vec<Change>,
    /// Actions that are no longer needed.
    pub obsolete: Vec<Problem>,
    /// The same as plain edits, one after the other, without the marks that are for us alone.
    pub corrections: Vec<Correction>,
}

/// One edit of a document: what stands at a place from now on, or None where it is taken out.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    pub pointer: String,
    pub value: Option<Value>,
}

/// What became of a value, where it did.
fn edits(pointer: &str, before: &Value, now: &Value, out: &mut Vec<Correction>) {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            for (key, value) in now.iter().filter(|(key, _)| !marks::is_one(key)) {
                match before.get(key) {
                    Some(known) => edits(&at(pointer, key), known, value, out),
                    None => out.push(Correction { pointer: at(pointer, key), value: Some(value.clone()) }),
                }
            }
        }
        _ if before != now => out.push(Correction { pointer: pointer.into(), value: Some(now.clone()) }),
        _ => {}
    }
}

/// Applies the overlay of a service, if it has one: all of its actions, or none.
pub fn apply(layout: &Layout, service: &str, received: &mut Received) -> Result<Applied, Problem> {
    let path = layout.overlay(service);
    let file = layout.shown(&path);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Applied::default()),
        Err(e) => return Err(Problem::io(&path, "read the overlay", &e)),
    };
    let overlay = read(&file, &text)?;
    let mut working = received.doc.clone();
    let mut applied = Applied::default();
    for (index, action) in overlay.actions.iter().enumerate() {
        let place = at("/actions", index.to_string());
        let found = locate(&working, &action.target).map_err(|why| malformed(&file, at(&place, "target"), why))?;
        let obsolete = |why: String| {
            let remedy = "remove the action if the document has been corrected; else correct its `target`";
            Problem::new(&file, &place, why, remedy)
        };
        if found.is_empty() {
            let pinned = layout.shown(&layout.pinned(service));
            applied.obsolete.push(obsolete(format!("`{}` matches nothing in {pinned}", action.target)));
            continue;
        }
        // An action changes nothing but what it is about.
        let at_places = |doc: &Value| found.iter().map(|p| doc.pointer(p).cloned()).collect::<Vec<_>>();
        let before = at_places(&working);
        perform(&mut working, &overlay, action, &found).map_err(|why| malformed(&file, at(&place, "target"), why))?;
        let now = if action.is_remove() { Vec::new() } else { at_places(&working) };
        if now == before {
            applied.obsolete.push(obsolete(format!("changes nothing: `{}` is so already", action.target)));
            continue;
        }
        let gone = found.iter().rev().filter(|_| action.is_remove());
        applied.corrections.extend(gone.map(|pointer| Correction { pointer: pointer.clone(), value: None }));
        for (pointer, (before, now)) in found.iter().zip(before.iter().zip(&now)) {
            if let (Some(before), Some(now)) = (before, now) {
                edits(pointer, before, now, &mut applied.corrections);
            }
        }
        let what = if action.is_remove() { "removed" } else { "updated" };
        let why = action.description.as_deref().unwrap_or_default().trim();
        applied.changes.extend(found.into_iter().map(|pointer| Change {
            pass: PASS,
            pointer,
            what: format!("{what} by {file}#{place}: {why}"),
            warning: false,
        }));
    }
    received.doc = working;
    Ok(applied)
}

fn malformed(file: &str, pointer: String, why: String) -> Problem {
    Problem::new(file, pointer, why, "see README.md (How it is made) for what an overlay may hold; nothing was written")
}

/// The JSON pointers of what an action is about.
fn locate(doc: &Value, target: &str) -> Result<Vec<String>, String> {
    let path = JsonPath::parse(target).map_err(|why| format!("is no JSONPath: {why}"))?;
    Ok(path.query_located(doc).locations().map(|l| l.to_json_pointer()).collect())
}

fn perform(doc: &mut Value, overlay: &Overlay, action: &Action, found: &[String]) -> Result<(), String> {
    if let Some(plain) = found.iter().find(|p| doc.pointer(p).is_some_and(|v| !v.is_object() && !v.is_array())) {
        return Err(format!("`{plain}` is a plain value; an action is about the object or list that holds it"));
    }
    if action.is_remove() {
        // The library's own way of removing would put the last member of an object in the place of the one removed,
        // and the order of a document decides names.
        found.iter().rev().for_each(|pointer| remove(doc, pointer));
        return Ok(());
    }
    let alone = Overlay { actions: vec![action.clone()], ..overlay.clone() };
    match alone.apply(doc, ApplyOptions::ErrorOnMixedKindMatch.into()) {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind {
            ApplyErrorKind::MixedKindMatch => "matches objects and lists; give each an action of its own".into(),
            other => other.to_string(),
        }),
    }
}

fn remove(doc: &mut Value, pointer: &str) {
    let path = steps(&pointer.replace('%', "%25"));
    let Some((last, parent)) = path.split_last() else { return };
    let parent: String = parent.iter().map(|step| format!("/{}", escape(step))).collect();
    match doc.pointer_mut(&parent) {
        Some(Value::Object(map)) => {
            map.shift_remove(last);
        }
        Some(Value::Array(list)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < list.len()) {
                let _: Value = list.remove(index);
            }
        }
        _ => {}
    }
}

/// Reads an overlay, and makes sure that nothing in it would pass unnoticed.
fn read(file: &str, text: &str) -> Result<Overlay, Problem> {
    let value = yaml(file, text, "mend the overlay at that place")?;
    let Some(map) = value.as_object() else {
        return Err(malformed(file, String::new(), "is no overlay: its top level is no mapping".into()));
    };
    known_keys(file, "", map, &["overlay", "info", "extends", "actions"])?;
    let version = map.get("overlay").cloned().unwrap_or_default();
    if !version.as_str().is_some_and(|v| v == "1.0" || v.starts_with("1.0.")) {
        return Err(malformed(file, "/overlay".into(), format!("is of version {version}; write `overlay: 1.0.0`")));
    }
    let info: Info = part(file, "/info", map.get("info").cloned().unwrap_or_else(|| json!({})))?;
    let Some(list) = map.get("actions").and_then(Value::as_array) else {
        return Err(malformed(file, "/actions".into(), "is no list of actions".into()));
    };
    let mut actions = Vec::new();
    for (index, raw) in list.iter().enumerate() {
        let place = at("/actions", index.to_string());
        if let Some(map) = raw.as_object() {
            known_keys(file, &place, map, &["target", "description", "update", "remove"])?;
        }
        let action: Action = part(file, &place, raw.clone())?;
        if action.description.as_deref().is_none_or(|d| d.trim().is_empty()) {
            return Err(malformed(
                file,
                place,
                "has no `description` that says why the document must be corrected".into(),
            ));
        }
        actions.push(action);
    }
    let overlay = Overlay { overlay: Version::V1_0_0(), info, extends: None, actions, extensions: None };
    let error = match overlay.validate(Default::default()) {
        Ok(()) => return Ok(overlay),
        Err(error) => error.errors.into_iter().next(),
    };
    let (path, message) = error.map(|e| (e.path, e.message)).unwrap_or_default();
    // `#.actions[3].target` is a JSON pointer of its own kind.
    let pointer = path.trim_start_matches('#').replace(['.', '['], "/").replace(']', "");
    Err(malformed(file, pointer, message))
}

fn part<T: DeserializeOwned>(file: &str, pointer: &str, value: Value) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|why| malformed(file, pointer.into(), format!("cannot be read: {why}")))
}

/// A key that is none is a slip that would silently do nothing.
fn known_keys(file: &str, pointer: &str, map: &Map<String, Value>, known: &[&str]) -> Result<(), Problem> {
    match map.keys().find(|key| !known.contains(&key.as_str()) && !key.starts_with("x-")) {
        None => Ok(()),
        Some(key) => {
            Err(malformed(file, at(pointer, key), format!("is no key of an overlay; use one of {}", known.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies the actions to the document.
    fn with(doc: Value, overlay: &str) -> Result<(Value, Applied), Problem> {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        std::fs::create_dir_all(dir.path().join("specs/overlays")).expect("a folder");
        std::fs::write(layout.overlay("x"), overlay).expect("written");
        let mut changed = Received { doc: doc.clone(), changes: Vec::new() };
        let result = apply(&layout, "x", &mut changed);
        if result.is_err() {
            assert_eq!(changed.doc, doc, "all or nothing");
        }
        result.map(|applied| (changed.doc, applied))
    }

    /// The document after plain edits.
    fn edited(doc: &Value, corrections: &[Correction]) -> Value {
        let mut doc = doc.clone();
        for Correction { pointer, value } in corrections {
            match (value, doc.pointer_mut(pointer)) {
                (None, _) => remove(&mut doc, pointer),
                (Some(value), Some(place)) => *place = value.clone(),
                (Some(value), None) => {
                    let (parent, key) = pointer.rsplit_once('/').expect("a parent");
                    doc.pointer_mut(parent).expect("there")[key.replace("~1", "/")] = value.clone();
                }
            }
        }
        doc
    }

    #[test]
    fn marks_are_no_corrections_that_anybody_else_has_to_know() {
        let list = json!([{"target": "$.a", "description": "why", "update":
            {"x-money": true, "x-no-bearer-prefix": true, "type": "integer", "new": {"b": 1}}}]);
        let (_, applied) = with(json!({"a": {"type": "number"}}), &actions(list)).expect("applies");
        let at = |pointer: &str, value: Value| Correction { pointer: pointer.into(), value: Some(value) };
        assert_eq!(
            applied.corrections,
            [at("/a/type", "integer".into()), at("/a/x-no-bearer-prefix", true.into()), at("/a/new", json!({"b": 1}))]
        );
    }

    fn actions(list: Value) -> String {
        json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": list}).to_string()
    }

    #[test]
    fn without_an_overlay_nothing_happens() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut doc = Received::new(json!({"a": 1}));
        let applied = apply(&Layout { root: dir.path().into() }, "x", &mut doc).expect("none is none");
        assert!(applied.changes.is_empty() && applied.obsolete.is_empty() && doc.doc == json!({"a": 1}));
    }

    /// What each kind of action does, as the Overlay specification has it.
    #[test]
    fn updates_and_removals() {
        let doc = json!({
            "info": {"title": "Old", "x": {"kept": 1, "list": [1]}},
            "tags": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
            "paths": {"/a/{id}": {"get": {"x-n": 1}, "put": {"x-n": 2}}, "/b~c": {"get": {}}},
            "components": {"schemas": {"A": {"properties": {"one": {"type": "string"}, "two": {"type": "string"}, "three": {"type": "string"}}}}}
        });
        let why = "because";
        for (action, pointer, value) in [
            (
                json!({"target": "$.info", "update": {"title": "New", "x": {"more": 2}}}),
                "/info",
                json!({"title": "New", "x": {"kept": 1, "list": [1], "more": 2}}),
            ),
            (json!({"target": "$.info.x", "update": {"list": [2]}}), "/info/x/list", json!([1, 2])),
            (json!({"target": "$.info", "update": {"x": null}}), "/info/x", json!(null)),
            (json!({"target": "$.info", "update": {"x": [3]}}), "/info/x", json!([3])),
            (json!({"target": "$.tags", "update": {"name": "d"}}), "/tags/3", json!({"name": "d"})),
            (
                json!({"target": "$.tags[?@.name == 'b']", "remove": true}),
                "/tags",
                json!([{"name": "a"}, {"name": "c"}]),
            ),
            (json!({"target": "$.tags[?@.name != 'b']", "remove": true}), "/tags", json!([{"name": "b"}])),
            (json!({"target": "$.paths['/a/{id}'].get", "update": {"x-n": 3}}), "/paths/~1a~1{id}/get/x-n", json!(3)),
            (
                json!({"target": "$.paths['/b~c']", "remove": true}),
                "/paths",
                json!({"/a/{id}": {"get": {"x-n": 1}, "put": {"x-n": 2}}}),
            ),
            (
                json!({"target": "$.paths.*[?@.x-n]", "update": {"x-n": 9}}),
                "/paths/~1a~1{id}",
                json!({"get": {"x-n": 9}, "put": {"x-n": 9}}),
            ),
            (
                json!({"target": "$..properties", "update": {"four": {}}}),
                "/components/schemas/A/properties/four",
                json!({}),
            ),
            (json!({"target": "$", "update": {"x-root": 1}}), "/x-root", json!(1)),
        ] {
            let mut action = action;
            action["description"] = why.into();
            // A name with a dash must stand in brackets.
            if let Some(target) = action["target"].as_str().map(|t| t.replace("@.x-n", "@['x-n']")) {
                action["target"] = target.into();
            }
            let (changed, applied) =
                with(doc.clone(), &actions(json!([action]))).unwrap_or_else(|p| panic!("{action}: {p}"));
            assert_eq!(edited(&doc, &applied.corrections), changed, "{action}: the same by plain edits");
            assert_eq!(changed.pointer(pointer), Some(&value), "{action}");
            assert!(applied.obsolete.is_empty() && applied.changes.iter().all(|c| c.what.ends_with(why)), "{action}");
        }
        let (changed, applied) =
            with(doc, &actions(json!([{"target": "$..properties.one", "remove": true, "description": why}])))
                .expect("applies");
        let left: Vec<&String> =
            changed["components"]["schemas"]["A"]["properties"].as_object().expect("map").keys().collect();
        assert_eq!(left, ["two", "three"], "the order of the others stays");
        assert_eq!(applied.changes[0].pointer, "/components/schemas/A/properties/one");
        assert_eq!(applied.changes[0].what, "removed by specs/overlays/x.yaml#/actions/0: because");
    }

    #[test]
    fn actions_see_what_those_before_them_did() {
        let list = json!([
            {"target": "$.a", "remove": true, "description": "first"},
            {"target": "$", "update": {"a": {"new": [1]}}, "description": "second"},
            {"target": "$.a.new", "update": 2, "description": "third"}]);
        let (changed, applied) = with(json!({"a": {"old": 1}}), &actions(list)).expect("applies");
        assert_eq!(changed, json!({"a": {"new": [1, 2]}}));
        assert_eq!(applied.changes.len(), 3);
    }

    #[test]
    fn an_action_that_is_not_needed_any_more_is_told_and_stops_no_other() {
        let list = json!([
            {"target": "$.paths.gone", "update": {"a": 1}, "description": "it was wrong"},
            {"target": "$.info", "update": {"title": "Right"}, "description": "it was wrong"},
            {"target": "$.info", "update": {"x": 1}, "description": "it is wrong"}]);
        let (changed, applied) = with(json!({"info": {"title": "Right"}}), &actions(list)).expect("applies");
        assert_eq!(changed["info"], json!({"title": "Right", "x": 1}));
        let messages: Vec<String> = applied.obsolete.iter().map(ToString::to_string).collect();
        assert!(
            messages[0]
                .starts_with("specs/overlays/x.yaml#/actions/0: `$.paths.gone` matches nothing in specs/pinned/x.yaml"),
            "{messages:?}"
        );
        assert!(messages[1].starts_with("specs/overlays/x.yaml#/actions/1: changes nothing"), "{messages:?}");
    }

    #[test]
    fn a_malformed_overlay_is_told_with_its_place() {
        let action = |more: Value| {
            let mut action = json!({"target": "$.info", "update": {}, "description": "why"});
            action.as_object_mut().expect("map").extend(more.as_object().expect("map").clone());
            action.as_object_mut().expect("map").retain(|_, v| !v.is_null());
            actions(json!([{"target": "$.info", "update": {"x": 1}, "description": "fine"}, action]))
        };
        for (overlay, pointer, reason) in [
            ("{{{".to_string(), "", "neither YAML nor JSON"),
            ("- a".to_string(), "", "no mapping"),
            (actions(json!([])).replace("1.0.0", "1.1.0"), "/overlay", "version"),
            (actions(json!([])).replace("1.0.0", "2"), "/overlay", "version"),
            (actions(json!([])).replace("\"overlay\"", "\"overly\""), "/overly", "is no key"),
            (actions(json!([])), "/actions", "at least one"),
            (actions(json!({})), "/actions", "no list"),
            (actions(json!([5])), "/actions/0", "cannot be read"),
            (json!({"overlay": "1.0.0", "actions": []}).to_string(), "/info", "cannot be read"),
            (action(json!({"target": null})), "/actions/1", "cannot be read"),
            (action(json!({"description": null})), "/actions/1", "no `description`"),
            (action(json!({"description": " "})), "/actions/1", "no `description`"),
            (action(json!({"update": null})), "/actions/1", "update"),
            (action(json!({"remove": true})), "/actions/1", "mutually exclusive"),
            (action(json!({"udpate": {}})), "/actions/1/udpate", "is no key"),
            (action(json!({"target": "info"})), "/actions/1/target", "JSONPath"),
            (action(json!({"target": "$.info.title"})), "/actions/1/target", "plain value"),
            (
                action(json!({"target": "$.info.title", "update": null, "remove": true})),
                "/actions/1/target",
                "plain value",
            ),
            (action(json!({"target": "$.*"})), "/actions/1/target", "objects and lists"),
        ] {
            let problem = with(json!({"info": {"title": "t"}, "tags": []}), &overlay).expect_err(&overlay);
            assert_eq!(
                (problem.file.as_str(), problem.pointer.as_str()),
                ("specs/overlays/x.yaml", pointer),
                "{overlay}: {problem}"
            );
            assert!(problem.reason.contains(reason) && !problem.remedy.is_empty(), "{overlay}: {problem}");
        }
    }
}
