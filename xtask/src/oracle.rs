//! The oracle: what drift says of two documents is held against the crates that are made of both.
//!
//! The crates are read as a compiler would: their files are parsed, and reduced to what a program can see and to what goes
//! over the wire. Nothing here knows how the generator decided. A seeded few hundred mutations run in CI;
//! `ORACLE_ROUNDS=2000 cargo test -p xtask oracle -- --nocapture` runs more, `ORACLE_SEED` others.

use crate::api::Api;
use crate::commands::drift::changes;
use crate::commands::outside;
use crate::document;
use crate::drift::levels::Level;
use crate::emit::package::Place;
use crate::emit::{self, Files};
use crate::gate::Received;
use crate::hostile::{Dice, cut, places, setting, workspace};
use crate::lock::Names;
use crate::lower::collect::House;
use crate::lower::lower;
use crate::problem::Problem;
use dintero_codegen::thread::on_thread;
use proc_macro2::TokenStream;
use quote::ToTokens;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ROUNDS: u64 = 150;

/// Told of the service and not of the code: these may be graver than what happens to the crate.
const OF_THE_SERVICE: [&str; 19] = [
    "auth-added",
    "auth-lifted",
    "auth-removed",
    "auth-required",
    "format-tightened",
    "guard-lost",
    "host-added",
    "host-changed",
    "limit-tightened",
    "operation-moved",
    "parameter-became-required",
    "pattern-changed",
    "request-body-became-required",
    "required-parameter-added",
    "required-request-body-added",
    "retry-changed",
    "scope-added",
    "server-changed",
    "success-status-added",
];

fn made(doc: &Value, house: &House, names: &mut Names) -> Result<Files, Problem> {
    on_thread("oracle.yaml", || {
        let service = lower("oracle.yaml", "oracle", Received::new(doc.clone()), house, names)?;
        names.methods.append(&mut names.retired);
        let place = Place { workspace: false, fixture: false, crates: "..".into(), reference: "", hosts: &[] };
        Ok(emit::run(&service, &Api::of(&service, house)?, "oracle.yaml", &place)?.files)
    })
}

/// What a program can see of the files, and what it means on the wire, a line each.
fn seen(files: &Files) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let file = |name: &str| files.get(name).map(String::as_str).unwrap_or_default();
    types(file("src/types.rs"), &mut out);
    for item in syn::parse_file(file("src/builder.rs")).map(|f| f.items).unwrap_or_default() {
        match item {
            syn::Item::Impl(block) => {
                let name = block.self_ty.to_token_stream().to_string();
                for item in &block.items {
                    let syn::ImplItem::Fn(function) = item else { continue };
                    if function.sig.ident == "prepared" {
                        for statement in &function.block.stmts {
                            out.insert(format!("{name} sends {}", wire(statement.to_token_stream())));
                        }
                    } else if matches!(function.vis, syn::Visibility::Public(_)) {
                        out.insert(format!("{name} {}", function.sig.to_token_stream()));
                    }
                }
            }
            syn::Item::Macro(item) => drop(out.insert(item.mac.to_token_stream().to_string())),
            _ => {}
        }
    }
    for item in syn::parse_file(file("src/lib.rs")).map(|f| f.items).unwrap_or_default() {
        if let syn::Item::Impl(block) = item {
            for item in &block.items {
                if let syn::ImplItem::Fn(function) = item {
                    out.insert(format!("Client {}", function.sig.to_token_stream()));
                }
            }
        }
    }
    for method in emit::operations::read(file("src/operations.rs")) {
        let call: Vec<&str> =
            method.call.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
        out.insert(format!("{} calls {}", method.name, call.join("{}")));
    }
    out
}

/// A line of a request; the name of a path parameter is not sent.
fn wire(statement: TokenStream) -> String {
    let text = statement.to_string();
    let path = ["draft . path", "draft . account"].iter().any(|begin| text.starts_with(begin));
    let name = text.split('"').nth(1).filter(|_| path).map(str::to_string);
    name.map_or(text.clone(), |name| text.replace(&format!("{name:?}"), "_"))
}

/// The macros of types.rs, whose lines are a field or a variant each.
fn types(text: &str, out: &mut BTreeSet<String>) {
    let (mut name, mut section, mut role) = (String::new(), String::new(), String::new());
    let mut required: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            [kind @ ("sent" | "read"), named, "{"] => {
                (role, name, section) = (kind.to_string(), named.to_string(), "required".into());
                required.clear();
                out.insert(format!("type {name}"));
            }
            ["}", part @ ("optional" | "nullable" | "rest"), "{"] | ["}", part @ ("nullable" | "rest"), "{}"] => {
                if section == "required" {
                    if role == "sent" {
                        out.insert(format!("{name}::new({})", required.join(" ")));
                    }
                    if required.is_empty() {
                        out.insert(format!("{name}: Default"));
                    }
                }
                section = part.to_string();
            }
            ["pub", "enum", named, ..] => {
                (name, section) = (named.to_string(), "variant".into());
                out.insert(line.to_string());
            }
            ["pub", "type", ..] | ["pub", "struct", ..] => drop(out.insert(line.to_string())),
            _ if line.starts_with(['}', '#', '{'])
                || line.starts_with("dintero_types::")
                || line.starts_with("use ") => {}
            _ if section == "variant" => match line.split_once(" = [") {
                // One more tag takes nothing away.
                Some((variant, tags)) => {
                    out.insert(format!("{name}::{variant}"));
                    out.extend(
                        tags.split(", ")
                            .map(|tag| format!("{name}::{variant} by {}", tag.trim_matches(['[', ']', ',']))),
                    );
                }
                None => drop(out.insert(format!("{name}::{line}"))),
            },
            _ => {
                let line = line.replace(" @hidden", "");
                if section == "required" {
                    required.push(line.clone());
                }
                // Only who sends has setters; whether a field may be absent is in its type.
                let role = if section == "required" { "always" } else { role.as_str() };
                out.insert(format!("{name} {role} {section} {line}"));
            }
        }
    }
}

/// What happened to the crate.
fn happened(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Option<Level> {
    match (old.difference(new).next(), new.difference(old).next()) {
        (Some(_), _) => Some(Level::Breaking),
        (None, Some(_)) => Some(Level::Additive),
        (None, None) => None,
    }
}

/// One change of a kind that documents see; its name.
fn mutate(doc: &mut Value, dice: &mut Dice) -> &'static str {
    let mut all = Vec::new();
    places(doc, String::new(), &mut all);
    let schemas: Vec<&String> =
        all.iter().filter(|p| doc.pointer(p).is_some_and(|s| s["properties"].is_object())).collect();
    let schema = (!schemas.is_empty()).then(|| dice.of(&schemas).to_string());
    let text = || json!({"type": "string"});
    let kind = dice.below(14);
    let at = |doc: &'_ Value, key: &str| {
        all.iter().filter(|p| doc.pointer(p).is_some_and(|v| v[key].is_array())).cloned().collect::<Vec<_>>()
    };
    if let Some(schema) = schema.as_ref().and_then(|p| doc.pointer_mut(p))
        && kind < 8
    {
        let keys: Vec<String> =
            schema["properties"].as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect();
        let key = if keys.is_empty() { "added".to_string() } else { dice.of(&keys).clone() };
        let properties = schema["properties"].as_object_mut();
        return match (kind, properties) {
            (0, Some(p)) => {
                p.insert("added_here".into(), text());
                "a property comes"
            }
            (1, Some(p)) => {
                p.shift_remove(&key);
                "a property goes"
            }
            (2, Some(p)) => {
                let value = p.shift_remove(&key).unwrap_or_else(text);
                p.insert(format!("{key}_renamed"), value);
                "a property is renamed"
            }
            (3, Some(p)) => {
                p.insert(key, json!({"type": "boolean"}));
                "a property has another type"
            }
            (4, Some(p)) => {
                let last: Vec<(String, Value)> = std::mem::take(p).into_iter().rev().collect();
                p.extend(last);
                "properties change places"
            }
            (5, Some(p)) => {
                let inner = p.get(&key).cloned().unwrap_or_else(text);
                p.insert(key, json!({"allOf": [inner]}));
                "a property is wrapped in allOf"
            }
            (6, _) => {
                schema["required"] = json!([key]);
                "other properties are required"
            }
            _ => {
                schema["description"] = "Another description.".into();
                "a description"
            }
        };
    }
    let enums = at(doc, "enum");
    if kind < 10
        && !enums.is_empty()
        && let Some(list) = doc.pointer_mut(dice.of(&enums).as_str()).and_then(|s| s["enum"].as_array_mut())
    {
        if kind == 8 {
            list.push("added_value".into());
            return "an enum value comes";
        }
        list.pop();
        return "an enum value goes";
    }
    let parameters = at(doc, "parameters");
    if kind < 13
        && !parameters.is_empty()
        && let Some(list) = doc.pointer_mut(dice.of(&parameters).as_str()).and_then(|s| s["parameters"].as_array_mut())
    {
        return match kind {
            10 => {
                list.push(json!({"name": "added", "in": "query", "schema": {"type": "string"}}));
                "a parameter comes"
            }
            11 => {
                list.reverse();
                "parameters change places"
            }
            _ => {
                let at = dice.below(list.len());
                if let Some(name) = list.get_mut(at).filter(|p| p["in"] == "query").and_then(|p| p.get_mut("name")) {
                    *name = format!("{}_other", name.as_str().unwrap_or_default()).into();
                }
                "a query parameter is renamed"
            }
        };
    }
    doc["paths"]["/added/{thing}"] = json!({"get": {"operationId": "added_get", "responses": {"200": {"description": "",
        "content": {"application/json": {"schema": {"type": "object", "properties": {"added": {"type": "string"}}}}}}}}});
    "an operation comes"
}

#[test]
fn drift_says_what_happens_to_the_crates() {
    let (layout, catalog) = workspace();
    let house = outside(&catalog, &[".example.com".to_string()]);
    let mut files: Vec<_> = catalog.services().map(|entry| layout.pinned(&entry.service)).collect();
    files.push(layout.root.join("tests/odd.yaml"));
    let documents: Vec<Value> = files
        .iter()
        .filter_map(|file| document::read(file).ok())
        .filter(|doc| doc["paths"].as_object().is_some_and(|p| !p.is_empty()))
        .collect();
    let (rounds, seed) = (setting("ORACLE_ROUNDS").unwrap_or(ROUNDS), setting("ORACLE_SEED").unwrap_or(11));
    let (mut judged, mut wrong) = ([0_usize; 3], Vec::new());
    for round in 0..rounds {
        let mut dice = Dice::new(seed, round);
        let old = cut(dice.of(&documents), &mut dice);
        let mut new = old.clone();
        let what = mutate(&mut new, &mut dice);
        let mut names = Names::default();
        let (Ok(before), Ok(after)) = (made(&old, &house, &mut names), made(&new, &house, &mut names)) else {
            continue;
        };
        let (before, after) = (seen(&before), seen(&after));
        let happened = happened(&before, &after);
        let told = changes("", ("old", Received::new(old)), ("new", Received::new(new)), &house, Names::default());
        let told = match told {
            Ok(told) => told,
            Err(problem) => {
                wrong.push(format!("round {round}, {what}: {problem}"));
                continue;
            }
        };
        let level = told.iter().filter(|c| !OF_THE_SERVICE.contains(&c.rule)).map(|c| c.level).max();
        let right = match happened {
            Some(happened) => level == Some(happened),
            None => level.is_none_or(|level| level == Level::Docs),
        };
        judged[happened.map_or(0, |level| if level == Level::Breaking { 2 } else { 1 })] += 1;
        if !right {
            let gone: Vec<&String> = before.difference(&after).take(2).collect();
            let come: Vec<&String> = after.difference(&before).take(2).collect();
            let said: Vec<String> = told.iter().take(3).map(|c| format!("{} {}", c.rule, c.level.word())).collect();
            wrong.push(format!(
                "round {round}, {what}: {happened:?} happened, told {said:?}; gone {gone:?}, come {come:?}"
            ));
        }
    }
    let [nothing, additive, breaking] = judged;
    println!("{nothing} nothing, {additive} additive, {breaking} breaking; {} told wrong", wrong.len());
    assert!(wrong.is_empty(), "{} of {rounds} told wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(nothing > 0 && additive > 0 && breaking > 0, "{judged:?}");
}

/// Pairs that were told wrong once.
#[test]
fn pairs_that_were_told_wrong_are_told_right() {
    let (layout, catalog) = workspace();
    let house = outside(&catalog, &[".example.com".to_string()]);
    let folder = layout.root.join("tests/drift");
    let text = std::fs::read_to_string(folder.join("expected.yaml")).expect("expected.yaml");
    let expected = document::yaml("expected.yaml", &text, "").expect("a table");
    let mut wrong = Vec::new();
    for (name, level) in expected.as_object().expect("a mapping") {
        let read = |side: &str| Received::new(document::read(&folder.join(name).join(side)).expect("a document"));
        let told = changes("", ("old", read("old.yaml")), ("new", read("new.yaml")), &house, Names::default());
        let told = match told {
            Ok(told) => told.iter().map(|c| c.level).max().map_or("nothing", Level::word),
            Err(_) => "refused",
        };
        if *level != told {
            wrong.push(format!("{name}: {told}, not {level}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
