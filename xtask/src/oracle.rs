//! The oracle: what drift says of two documents is held against the crates that are made of both.
//!
//! The crates are read as a compiler would: their files are parsed, and reduced to what a program can see and to what goes
//! over the wire. Nothing here knows how the generator decided. What only adds to a document must only add to the crate.
//! A seeded few hundred mutations run in CI;
//! `ORACLE_ROUNDS=2000 cargo test -p xtask oracle -- --nocapture` runs more, `ORACLE_SEED` others, and
//! `ORACLE_KEEP=folder` keeps the documents, `ORACLE_DOCUMENTS=folder` takes others than the pinned ones. Pairs of `tests/drift` are
//! held against their crates, too.

use crate::api::Api;
use crate::catalog::Policy;
use crate::commands::drift::changes;
use crate::document;
use crate::drift::Change;
use crate::drift::levels::Level;
use crate::emit::package::Home;
use crate::emit::{self, Files};
use crate::gate::Received;
use crate::hostile::{Dice, cut, setting, workspace};
use crate::lower::settled;
use crate::mutations::mutate;
use crate::names_lock::Names;
use crate::problem::Problem;
use dintero_codegen::thread::on_thread;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::Token;
use syn::parse::{Parse, ParseStream};

const ROUNDS: u64 = 150;

/// Told of the service and not of the code: these may be graver than what happens to the crate.
const OF_THE_SERVICE: [&str; 18] = [
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
];

fn made(doc: &Value, policy: &Policy, names: &mut Names) -> Result<Files, Problem> {
    on_thread("oracle.yaml", || {
        let service = settled("oracle.yaml", "oracle", Received::new(doc.clone()), policy, names)?;
        names.come_back();
        let home = Home {
            workspace: false,
            fixture: false,
            version: "0.1.0".into(),
            crates: "..".into(),
            reference: "",
            hosts: &[],
        };
        Ok(emit::run(&service, &Api::of(&service, policy)?, "oracle.yaml", &home)?.files)
    })
}

/// What a program can see of the files, and what it means on the wire, a line each.
fn seen(files: &Files) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let file = |name: &str| files.get(name).map(String::as_str).unwrap_or_default();
    types(file("src/types.rs"), &mut out);
    for item in syn::parse_file(file("src/builder.rs")).map(|f| f.items).unwrap_or_default() {
        match item {
            syn::Item::Macro(item) => match builder(&item) {
                Some(Builder { name, answers, lines }) => {
                    out.insert(format!("struct {name}"));
                    out.extend(
                        ["send", "send_by_status"].iter().zip(answers).map(|(f, of)| format!("{name} {f}() {of}")),
                    );
                    for line in lines {
                        out.insert(format!("{name} sends {} {}", line.place, line.ident));
                        out.extend(line.setter.map(|setter| format!("{name} sets {} by {setter}", line.ident)));
                    }
                }
                None => drop(out.insert(item.mac.to_token_stream().to_string())),
            },
            // What is given by name.
            syn::Item::Struct(item) => {
                let mut fields: Vec<String> = Vec::new();
                for field in &item.fields {
                    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    fields.push(format!("{name}: {}", field.ty.to_token_stream()));
                }
                fields.sort();
                out.insert(format!("struct {} {}", item.ident, fields.join(", ")));
            }
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

/// What each call is given: the types of its arguments, and what becomes of each on the wire; then the same of the fields that
/// are given by name.
fn arguments(files: &Files) -> BTreeMap<String, (String, Vec<String>)> {
    let items =
        |name: &str| files.get(name).and_then(|text| syn::parse_file(text).ok()).map(|f| f.items).unwrap_or_default();
    let mut sends: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    let mut structs: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for item in items("src/builder.rs") {
        match item {
            syn::Item::Macro(item) => sends.extend(builder(&item).map(|builder| (builder.name, builder.lines))),
            syn::Item::Struct(item) => {
                let field =
                    |f: &syn::Field| (f.ident.to_token_stream().to_string(), f.ty.to_token_stream().to_string());
                structs.insert(item.ident.to_string(), item.fields.iter().map(field).collect());
            }
            _ => {}
        }
    }
    let mut out = BTreeMap::new();
    for item in items("src/lib.rs") {
        let syn::Item::Impl(block) = item else { continue };
        for item in &block.items {
            let syn::ImplItem::Fn(function) = item else { continue };
            let returns = function.sig.output.to_token_stream().to_string();
            let Some(builder) = returns.strip_prefix("-> builder :: ") else { continue };
            let none = Vec::new();
            let lines = sends.get(builder).unwrap_or(&none);
            let paths: Vec<&str> = lines.iter().filter(|l| l.is_in_path).map(|l| l.ident.as_str()).collect();
            let meaning = |ident: &str| {
                let line = lines.iter().find(|line| line.ident == ident);
                let place = paths.iter().position(|path| *path == ident);
                line.map(|line| format!("{place:?} {}", line.place)).unwrap_or_default()
            };
            let (mut types, mut means) = (Vec::new(), Vec::new());
            for input in &function.sig.inputs {
                let syn::FnArg::Typed(argument) = input else { continue };
                let kind = argument.ty.to_token_stream().to_string();
                match kind.strip_prefix("builder :: ").and_then(|name| structs.get(name)) {
                    Some(fields) => {
                        let mut fields = fields.clone();
                        fields.sort();
                        means.extend(fields.iter().map(|(ident, _)| meaning(ident)));
                        types.push(format!("{kind} {fields:?}"));
                    }
                    None => {
                        means.push(meaning(&argument.pat.to_token_stream().to_string()));
                        types.push(kind);
                    }
                }
            }
            out.insert(function.sig.ident.to_string(), (types.join(", "), means));
        }
    }
    out
}

/// Calls that old code still fits, and that send something else.
fn silent(old: &Files, new: &Files) -> Vec<String> {
    let (old, new) = (arguments(old), arguments(new));
    let differs = |(name, (types, means)): &(&String, &(String, Vec<String>))| {
        new.get(*name).is_some_and(|(now, sent)| now == types && sent != means)
    };
    old.iter().filter(differs).map(|(name, (_, means))| format!("{name}: {means:?}, now {:?}", new[name].1)).collect()
}

/// What a builder is made of.
struct Builder {
    name: String,
    /// The type that `send()` gives, and that of `send_by_status()`.
    answers: Vec<String>,
    lines: Vec<Line>,
}

/// A field of it.
struct Line {
    /// Where it goes in the request; the name of a path parameter is not sent.
    place: String,
    is_in_path: bool,
    ident: String,
    /// What a setter is given; none of what `new` is given.
    setter: Option<String>,
}

fn builder(item: &syn::ItemMacro) -> Option<Builder> {
    let is_builder = item.mac.path.segments.last().is_some_and(|s| s.ident == "builder");
    is_builder.then(|| item.mac.parse_body().expect("a builder"))
}

impl Parse for Builder {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(syn::Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![struct]>()?;
        let name = input.parse::<syn::Ident>()?.to_string();
        input.parse::<Token![for]>()?;
        input.parse::<syn::Path>()?;
        input.parse::<Token![=>]>()?;
        let mut answers = Vec::new();
        while !input.peek(syn::token::Brace) {
            input.parse::<Option<Token![|]>>()?;
            input.parse::<syn::Ident>()?;
            answers.push(input.parse::<syn::Type>()?.to_token_stream().to_string());
        }
        let lines;
        syn::braced!(lines in input);
        let lines = lines.parse_terminated(Line::parse, Token![,])?.into_iter().collect();
        Ok(Self { name, answers, lines })
    }
}

impl Parse for Line {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(syn::Attribute::parse_outer)?;
        let word = input.parse::<syn::Ident>()?.to_string();
        let is_in_path = word.starts_with("path");
        let mut place = vec![word];
        if input.peek(syn::token::Bracket) {
            place.push(input.parse::<TokenTree>()?.to_string());
        }
        if input.peek(syn::LitStr) {
            let name = input.parse::<syn::LitStr>()?.value();
            place.push(if is_in_path || place[0] == "account" { "_".into() } else { name });
        }
        if input.peek(syn::token::Paren) {
            let given;
            syn::parenthesized!(given in input);
            let ident = given.parse::<syn::Ident>()?.to_string();
            given.parse::<TokenStream>()?;
            return Ok(Self { place: place.join(" "), is_in_path, ident, setter: None });
        }
        let ident = input.parse::<syn::Ident>()?.to_string();
        input.parse::<Token![:]>()?;
        let mut setter = input.parse::<syn::Type>()?.to_token_stream().to_string();
        if input.peek(Token![as]) {
            input.parse::<Token![as]>()?;
            setter.push_str(&format!(" as {}", input.parse::<syn::Ident>()?));
            if input.peek(syn::Ident) {
                input.parse::<syn::Ident>()?;
                setter.push_str(&format!(" of {}", input.parse::<syn::Type>()?.to_token_stream()));
            }
        }
        Ok(Self { place: place.join(" "), is_in_path, ident, setter: Some(setter) })
    }
}

/// The macros of types.rs, whose lines are a field or a variant each.
fn types(text: &str, out: &mut BTreeSet<String>) {
    let (mut name, mut section, mut role) = (String::new(), String::new(), String::new());
    let mut required: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let words: Vec<&str> = line.split(' ').collect();
        // What is always there is known where its section ends, and nothing is where there is none.
        if section == "required" && words[0] == "}" {
            if role == "sent" {
                out.insert(format!("{name}::new({})", required.join(" ")));
            }
            if required.is_empty() {
                out.insert(format!("{name}: Default"));
            }
            section.clear();
        }
        match words.as_slice() {
            [kind @ ("sent" | "read"), "pub", "struct", named, rest @ ..] => {
                (role, name, section) = (kind.to_string(), named.to_string(), "required".into());
                required.clear();
                out.insert(format!("type {name}"));
                let part = rest.iter().find(|word| matches!(**word, "optional" | "nullable" | "rest"));
                if part.is_some() || rest.last() == Some(&"{}") {
                    if role == "sent" {
                        out.insert(format!("{name}::new()"));
                    }
                    out.insert(format!("{name}: Default"));
                    section = part.map(ToString::to_string).unwrap_or_default();
                }
            }
            ["}", part @ ("optional" | "nullable" | "rest"), "{"] => section = part.to_string(),
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
                let line = line.replace(" [hidden]", "").replace("[hidden, ", "[");
                if section == "required" {
                    required.push(line.clone());
                }
                // Only who sends has setters; whether a field may be absent is in its type.
                if section != "required" && role == "sent" {
                    out.insert(format!("{name}::set {line}"));
                }
                // What a setter takes is the setter's.
                let line = line.replace(" [list]", "").replace(" [map]", "");
                let section = if section == "required" { "always" } else { section.as_str() };
                out.insert(format!("{name} {section} {line}"));
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

/// What the crates of two documents say of what drift tells of them.
#[derive(Default)]
struct Judged {
    happened: Option<Level>,
    wrong: Vec<String>,
    /// What is told where some of it is told by no rule.
    unexplained: Option<String>,
}

/// None where one of the two is no document that a crate can be made of.
fn judged(old: Value, new: Value, adds: bool, policy: &Policy) -> Option<Judged> {
    let mut names = Names::default();
    let (before, after) = (made(&old, policy, &mut names).ok()?, made(&new, policy, &mut names).ok()?);
    let mut wrong = Vec::new();
    // The same documents and the lock that was just written give the same files.
    let again = made(&new, policy, &mut names.clone()).unwrap_or_default();
    if again != after {
        let other = after.iter().find(|(name, text)| again.get(name.as_str()) != Some(text)).map(|(name, _)| name);
        let lines = |files: &Files| -> BTreeSet<String> {
            let file = other.and_then(|name| files.get(name));
            file.map(|text| text.lines().map(str::to_string).collect()).unwrap_or_default()
        };
        let (first, second) = (lines(&after), lines(&again));
        let gone: Vec<&String> = first.difference(&second).take(3).collect();
        let come: Vec<&String> = second.difference(&first).take(3).collect();
        wrong.push(format!("a second run writes {other:?} otherwise; {gone:?}, {come:?}"));
    }
    let silent = silent(&before, &after);
    if !silent.is_empty() {
        wrong.push(format!("old code compiles and sends something else: {silent:?}"));
    }
    let (before, after) = (seen(&before), seen(&after));
    let happened = happened(&before, &after);
    let gone: Vec<&String> = before.difference(&after).take(3).collect();
    let come: Vec<&String> = after.difference(&before).take(3).collect();
    if adds && happened == Some(Level::Breaking) {
        wrong.push(format!("it only adds, and the crate broke; gone {gone:?}, come {come:?}"));
    }
    let told = changes("", ("old", Received::new(old)), ("new", Received::new(new)), policy, Names::default());
    let told = match told {
        Ok(told) => told,
        Err(problem) => {
            wrong.push(problem.to_string());
            return Some(Judged { happened, wrong, unexplained: None });
        }
    };
    // One that moved can be another method, or the same.
    let is_of_code =
        |rule: &str| !OF_THE_SERVICE.contains(&rule) || rule == "operation-moved" && happened == Some(Level::Breaking);
    let level = told.iter().filter(|c| is_of_code(c.rule)).map(|c| c.level).max();
    let right = match happened {
        Some(happened) => level == Some(happened),
        None => level.is_none_or(|level| level == Level::Docs),
    };
    let all = || {
        let said = |c: &Change| format!("\n    {} {} #{}: {}", c.rule, c.level.word(), c.pointer_old, c.message);
        told.iter().map(said).collect::<String>()
    };
    if !right {
        wrong.push(format!("{happened:?} happened; gone {gone:?}, come {come:?}; told {}", all()));
    }
    let unexplained = told.iter().any(|c| c.rule == "public-api-changed").then(all);
    Some(Judged { happened, wrong, unexplained })
}

#[test]
fn drift_says_what_happens_to_the_crates() {
    let (layout, catalog) = workspace();
    let policy = catalog.policy_outside(&[".example.com".to_string()]);
    let mut files: Vec<_> = catalog.services().map(|entry| layout.pinned(&entry.service)).collect();
    files.extend(catalog.fixtures.iter().map(|fixture| layout.root.join(&fixture.spec)));
    if let Some(folder) = std::env::var_os("ORACLE_DOCUMENTS") {
        files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
        files.sort();
    }
    let documents: Vec<Value> = files
        .iter()
        .filter_map(|file| document::read(file).ok())
        .filter(|doc| doc["paths"].as_object().is_some_and(|p| !p.is_empty()))
        .collect();
    let (rounds, seed) = (setting("ORACLE_ROUNDS").unwrap_or(ROUNDS), setting("ORACLE_SEED").unwrap_or(11));
    let (mut counts, mut wrong, mut unexplained) = ([0_usize; 3], Vec::new(), Vec::new());
    let first = setting("ORACLE_FIRST").unwrap_or(0);
    for round in first..first + rounds {
        let mut dice = Dice::new(seed, round);
        let old = cut(dice.of(&documents), &mut dice);
        let mut new = old.clone();
        let mutation = mutate(&mut new, &mut dice);
        // To look at: `cargo xtask drift --old .. --new ..`.
        if let Some(folder) = std::env::var_os("ORACLE_KEEP") {
            for (side, doc) in [("old", &old), ("new", &new)] {
                let file = Path::new(&folder).join(format!("{round}.{side}.json"));
                std::fs::write(file, doc.to_string()).expect("written");
            }
        }
        let Some(Judged { happened, wrong: found, unexplained: told }) = judged(old, new, mutation.adds, &policy)
        else {
            continue;
        };
        let said = |what: String| format!("round {round}, {}: {what}", mutation.name);
        wrong.extend(found.into_iter().map(said));
        unexplained.extend(told.map(said));
        counts[happened.map_or(0, |level| if level == Level::Breaking { 2 } else { 1 })] += 1;
    }
    let [nothing, additive, breaking] = counts;
    println!("{nothing} nothing, {additive} additive, {breaking} breaking; {} told wrong", wrong.len());
    // A change that no rule explains is told, and is a rule that is missing.
    println!("{} without a rule:\n{}", unexplained.len(), unexplained.join("\n"));
    assert!(wrong.is_empty(), "{} of {rounds} told wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(nothing > 0 && additive > 0 && breaking > 0, "{counts:?}");
}

/// Two documents of anybody: `ORACLE_OLD=a.json ORACLE_NEW=b.json cargo test -p xtask of_anybody -- --nocapture`.
#[test]
fn documents_of_anybody_are_told_right() {
    let file = |name: &str| std::env::var_os(name).map(|path| document::read(path.as_ref()).expect("a document"));
    let (Some(old), Some(new)) = (file("ORACLE_OLD"), file("ORACLE_NEW")) else { return };
    let policy = workspace().1.policy_outside(&[]);
    let found = judged(old, new, false, &policy).expect("two crates");
    println!("{:?} happened; without a rule: {}", found.happened, found.unexplained.unwrap_or_default());
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
}

/// Pairs that were told wrong once.
#[test]
fn pairs_that_were_told_wrong_are_told_right() {
    let (layout, catalog) = workspace();
    let policy = catalog.policy_outside(&[".example.com".to_string()]);
    let folder = layout.root.join("tests/drift");
    let text = std::fs::read_to_string(folder.join("expected.yaml")).expect("expected.yaml");
    let expected = document::yaml("expected.yaml", &text, "").expect("a table");
    let mut wrong = Vec::new();
    for (name, expected) in expected.as_object().expect("a mapping") {
        let read = |side: &str| Received::new(document::read(&folder.join(name).join(side)).expect("a document"));
        let told = changes("", ("old", read("old.yaml")), ("new", read("new.yaml")), &policy, Names::default());
        let (level, rules) = match &told {
            Ok(told) => (told.iter().map(|c| c.level).max().map_or("nothing", Level::word), told.as_slice()),
            Err(_) => ("refused", [].as_slice()),
        };
        let rules: Vec<&str> = rules.iter().map(|c| c.rule).collect();
        // A level, or that with a line for each cause.
        let right = match expected.as_object() {
            None => *expected == level,
            Some(expected) => expected["level"] == level && expected["rules"] == json!(rules),
        };
        if !right {
            wrong.push(format!("{name}: {level} by {rules:?}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
