//! Every call gets its method name: from the names lock if it has one there, else by the rule.

use super::schema::{Form, form, referred};
use crate::catalog::PagingNames;
use crate::model::{Operation, OperationKind, Service};
use crate::names::{Call, method_candidates, snake, type_name};
use crate::names_lock::Names;
use crate::problem::Problem;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

pub const PASS: &str = "method_names";

/// Names the client's own methods already have.
const TAKEN: [&str; 5] = ["new", "from_env", "transport", "clone", "operations"];

pub fn run(service: &mut Service, names: &mut Names, paging: &PagingNames) -> Result<(), Problem> {
    names.take_over(&service.operations.iter().map(|op| (op.id.to_string(), called(op))).collect());
    let mut by_name: HashMap<String, String> = TAKEN.iter().map(|t| (t.to_string(), String::new())).collect();
    // What is locked keeps its name whatever comes.
    for (id, name) in &names.methods {
        if let Some(other) = by_name.insert(name.clone(), id.clone()) {
            return Err(Problem::new(
                names.file.clone(),
                "",
                format!("the operations `{other}` and `{id}` both have the name `{name}`"),
                "give one of the two entries another name",
            ));
        }
    }
    // A builder and a constant go by the name too: `x1` and `x_1` are one type.
    let mut spellings: HashSet<String> = names.methods.values().flat_map(|name| spellings(name)).collect();
    // So does what a method is given by name.
    spellings.extend(names.given.values().cloned());
    let lists: Vec<bool> = service.operations.iter().map(|op| answers_with_list(service, op, paging)).collect();
    let mut warnings = Vec::new();
    // Several new calls that want one name all take a longer one, so that none gets the short one by chance.
    let mut wanted: HashMap<String, usize> = HashMap::new();
    let candidates: Vec<Vec<String>> = service
        .operations
        .iter()
        .zip(&lists)
        .map(|(op, lists)| {
            let found = match op.kind {
                // `/examples/checkout_token` is the event `checkout_token`.
                OperationKind::Event => {
                    let tail =
                        op.path.trim_start_matches('/').split_once('/').map_or(op.path.as_str(), |(_, tail)| tail);
                    vec![snake(tail), snake(&format!("{tail} {}", op.method))]
                }
                OperationKind::Call => {
                    let (path, fragment) = op.path.split_once('#').unwrap_or((&op.path, ""));
                    let by_path = method_candidates(&Call { method: &op.method, path, lists: *lists });
                    // Where calls share a path, their ids tell them apart.
                    let by_id = (!fragment.is_empty()).then(|| snake(&op.id));
                    by_id.into_iter().chain(by_path).collect()
                }
            };
            if !names.methods.contains_key(op.id.as_str()) {
                for name in &found {
                    *wanted.entry(name.clone()).or_default() += 1;
                }
            }
            found
        })
        .collect();
    let mut notes = Vec::new();
    let what = |op: &Operation| match op.kind {
        OperationKind::Call => "is the method",
        OperationKind::Event => "is the event",
    };
    for (op, candidates) in service.operations.iter_mut().zip(candidates) {
        if let Some(name) = names.methods.get(op.id.as_str()) {
            op.name = name.clone();
            notes.push((op.pointer.clone(), format!("{} `{name}`, by the names lock", what(op))));
            continue;
        }
        let free = |name: &String| {
            !by_name.contains_key(name) && !self::spellings(name).iter().any(|spelling| spellings.contains(spelling))
        };
        let alone = candidates.iter().find(|n| free(n) && wanted.get(*n) == Some(&1));
        let name = match alone.or_else(|| candidates.iter().rev().find(|n| free(n))) {
            Some(name) => name.clone(),
            None => {
                let base = snake(&[op.id.as_str(), op.method.as_str()].join(" "));
                let mut name = base.clone();
                for n in 2.. {
                    if free(&name) {
                        break;
                    }
                    name = format!("{}_{n}", base.trim_end_matches('_'));
                }
                warnings.push((
                    op.pointer.clone(),
                    format!("no name by the rule is free; `{name}` was made from the operation id"),
                ));
                name
            }
        };
        by_name.insert(name.clone(), op.id.to_string());
        spellings.extend(self::spellings(&name));
        names.methods.insert(op.id.to_string(), name.clone());
        notes.push((op.pointer.clone(), format!("{} `{name}`, by the rule", what(op))));
        op.name = name;
    }
    for (pointer, what) in notes {
        service.note(PASS, pointer, what);
    }
    for (pointer, what) in warnings {
        service.warn(PASS, pointer, what);
    }
    names.retire(service.operations.iter().map(|op| op.id.as_str()));
    Ok(())
}

/// How the operation is called; the names of path parameters are not sent.
fn called(op: &Operation) -> String {
    let path: Vec<&str> = op.path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
    [op.method_upper(), path.join("{}")].join(" ")
}

/// The names of the builder and of the constant.
fn spellings(name: &str) -> [String; 2] {
    [type_name(name), name.to_uppercase()]
}

/// An array, or an object with one array and something that leads to the next page.
fn answers_with_list(service: &Service, op: &Operation, paging: &PagingNames) -> bool {
    let Some(mut schema) = op.responses.iter().find(|a| a.is_success()).and_then(|a| a.schema.as_ref()) else {
        return false;
    };
    while let Some(next) = referred(schema).and_then(|name| service.schemas.get(&name)) {
        schema = next;
    }
    if form(schema) == Form::Array {
        return true;
    }
    let properties = schema["properties"].as_object();
    let arrays = properties.into_iter().flatten().filter(|(_, p)| is_array(service, p)).count();
    let pages = op.parameters.iter().any(|p| paging.is_of_a_list(&p.name));
    arrays == 1 && pages
}

fn is_array(service: &Service, schema: &Value) -> bool {
    let mut schema = schema;
    while let Some(next) = referred(schema).and_then(|name| service.schemas.get(&name)) {
        schema = next;
    }
    form(schema) == Form::Array
}

#[cfg(test)]
mod tests {
    use crate::catalog::Policy;
    use crate::lower::settled;
    use crate::names_lock::Names;
    use serde_json::{Value, json};

    fn doc(paths: &[(&str, &str, &str)]) -> Value {
        let mut doc = json!({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://e.com"}], "paths": {}});
        for (method, path, id) in paths {
            doc["paths"][*path][*method] = json!({"operationId": id, "responses": {"200": {"description": ""}}});
        }
        doc
    }

    fn named(doc: Value, names: &mut Names) -> Result<Vec<String>, crate::problem::Problem> {
        let policy = Policy { hosts: crate::gate::Hosts { outside: true, ..Default::default() }, ..Default::default() };
        let service = settled("t.yaml", "t", crate::gate::Received::new(doc), &policy, names)?;
        Ok(service.operations.into_iter().map(|op| op.name).collect())
    }

    #[test]
    fn a_locked_name_is_kept_and_a_new_operation_takes_another() {
        let mut names = Names { methods: [("a".to_string(), "get_thing".to_string())].into(), ..Names::default() };
        let found =
            named(doc(&[("get", "/other/{id}", "a"), ("get", "/things/{id}", "b")]), &mut names).expect("named");
        assert_eq!(found[0], "get_thing");
        assert_ne!(found[1], "get_thing");
        assert_eq!(names.methods["b"], found[1]);
    }

    #[test]
    fn two_new_operations_of_one_name_are_told_apart_and_locked() {
        let paths = [("get", "/a/things/{id}", "x"), ("get", "/b/things/{id}", "y"), ("get", "/v2/b/things/{id}", "z")];
        let mut names = Names::default();
        let first = named(doc(&paths), &mut names).expect("named");
        let mut distinct = first.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), 3, "{first:?}");
        assert_eq!(named(doc(&paths), &mut names).expect("named"), first, "the second run gives the same");
    }

    #[test]
    fn names_of_one_builder_or_one_constant_are_told_apart() {
        let doc = doc(&[
            ("get", "/x1", "a"),
            ("get", "/x_1", "b"),
            ("get", "/x-1", "c"),
            ("get", "/strasse", "d"),
            ("get", "/straße", "e"),
        ]);
        let found = named(doc, &mut Names::default()).expect("named");
        for spelling in 0..2 {
            let mut distinct: Vec<String> = found.iter().map(|name| super::spellings(name)[spelling].clone()).collect();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), found.len(), "{found:?}");
        }
    }

    #[test]
    fn calls_that_share_a_path_are_named_by_their_ids() {
        let paths = [("post", "/#Target=Svc.AddDisk", "AddDisk"), ("post", "/#Target=Svc.DropDisk", "DropDisk")];
        assert_eq!(named(doc(&paths), &mut Names::default()).expect("named"), ["add_disk", "drop_disk"]);
    }

    #[test]
    fn one_name_for_two_operations_in_the_lock_is_an_error_that_names_both() {
        let methods = [("a".to_string(), "get_it".to_string()), ("b".to_string(), "get_it".to_string())].into();
        let mut names = Names { file: "specs/names/t.toml".into(), methods, ..Names::default() };
        let problem = named(doc(&[("get", "/x", "a")]), &mut names).expect_err("refused");
        assert_eq!(problem.file, "specs/names/t.toml");
        assert!(problem.reason.contains("`a`") && problem.reason.contains("`b`"), "{problem}");
    }

    #[test]
    fn what_is_gone_keeps_its_entry_and_its_name() {
        let mut names = Names::default();
        named(doc(&[("get", "/things/{id}", "old")]), &mut names).expect("named");
        named(doc(&[("get", "/others/{id}", "new")]), &mut names).expect("named");
        assert_eq!(names.retired.get("old").map(String::as_str), Some("get_thing"));
    }
}
