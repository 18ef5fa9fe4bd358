//! What pages, examples and READMEs use of the documents, so that a document which lacks some of it stops nothing: the
//! text is told with the operation and the remedy, and left out until somebody mends it.
//!
//! specs/uses.tsv keeps what each text used when its code was last written. A text that is changed is read anew, since
//! whoever changes it runs it; its doctest, or its test, is the second wall.

use super::writer::{Writer, read};
use crate::api::surface::Surface;
use crate::api::uses::{Used, Uses, Words, code_of_page};
use crate::catalog::{Catalog, Layout};
use crate::emit::umbrella;
use crate::lock::sha256;
use crate::problem::Problem;
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const HEAD: &str = "# Written by `cargo xtask generate`: what pages and examples use of the documents, as it was when \
                    their code was written.\nfile\tcode\tservice\titem\tsignature\toperation\n";
/// So many losses are told of one text.
const TOLD: usize = 3;
/// The name of what is no service: the events and callbacks of all.
const EVENTS: &str = "events";

/// Of one text.
#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    code: String,
    services: BTreeMap<String, Uses>,
}

/// Of all texts, by their file.
#[derive(Debug, Clone, Default)]
pub struct Table(BTreeMap<String, Entry>);

pub fn path(layout: &Layout) -> PathBuf {
    layout.root.join("specs/uses.tsv")
}

impl Table {
    pub fn of(layout: &Layout) -> Self {
        let text = std::fs::read_to_string(path(layout)).unwrap_or_default();
        let mut table = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [file, code, service, item, signature, operation] = cells[..] else { continue };
            let entry = table.0.entry(file.to_owned()).or_default();
            code.clone_into(&mut entry.code);
            let used = Used { signature: signature.to_owned(), operation: operation.to_owned() };
            entry.services.entry(service.to_owned()).or_default().insert(item.to_owned(), used);
        }
        table
    }

    fn text(&self) -> String {
        let mut out = String::from(HEAD);
        for (file, entry) in &self.0 {
            for (service, uses) in &entry.services {
                for (item, Used { signature, operation }) in uses {
                    let cells = [file, &entry.code, service, item, signature, operation];
                    out.push_str(&cells.map(|cell| crate::shown::line(&cell.replace('\t', " "))).join("\t"));
                    out.push('\n');
                }
            }
        }
        out
    }

    /// What a text lacks that it used to have, given what one service has now; a text whose code is new is read anew.
    fn lacks(&mut self, file: &str, code: &str, service: &str, now: Now<'_>) -> Vec<String> {
        let words = Words::of(code);
        let sha = sha256(words.all.iter().map(|word| format!("{word} ")).collect::<String>().as_bytes());
        let entry = self.0.entry(file.to_owned()).or_default();
        if entry.code != sha {
            *entry = Entry { code: sha, services: BTreeMap::new() };
        }
        match entry.services.get(service) {
            Some(known) => now.lacks(known),
            None => {
                entry.services.insert(service.to_owned(), now.used_by(&words));
                Vec::new()
            }
        }
    }
}

/// What a service has now.
#[derive(Clone, Copy)]
enum Now<'a> {
    Service(&'a Surface, &'a BTreeSet<String>),
    /// Events and callbacks, with their types.
    Events(&'a BTreeMap<String, String>),
}

impl Now<'_> {
    fn used_by(self, words: &Words) -> Uses {
        match self {
            Self::Service(surface, reached) => surface.used_by(words, reached),
            Self::Events(all) => {
                let named = all.iter().filter(|(name, _)| words.all.contains(name.as_str()));
                let used = |signature: &String| Used { signature: signature.clone(), operation: String::new() };
                named.map(|(name, signature)| (name.clone(), used(signature))).collect()
            }
        }
    }

    fn lacks(self, known: &Uses) -> Vec<String> {
        match self {
            Self::Service(surface, _) => surface.lacks(known),
            Self::Events(all) => {
                let lack = |(name, used): (&String, &Used)| match all.get(name) {
                    None => Some(format!("the event or callback `{name}` is gone")),
                    Some(now) if *now != used.signature => {
                        Some(format!("the event or callback `{name}` was `{}` and is `{now}`", used.signature))
                    }
                    Some(_) => None,
                };
                known.iter().filter_map(lack).collect()
            }
        }
    }
}

fn problem(file: &str, lacks: &[String], remedy: &str) -> Problem {
    let mut told = lacks.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    if lacks.len() > TOLD {
        told.push_str(&format!("; and {} more", lacks.len() - TOLD));
    }
    Problem::new(file, "", format!("no longer fits the documents: {told}"), remedy)
}

/// Whether the page of a service fits what the service is now; it is left out if not.
pub fn page(table: &mut Table, file: &str, text: &str, service: &str, surface: &Surface) -> Option<Problem> {
    let lacks = table.lacks(file, &code_of_page(text), service, Now::Service(surface, &BTreeSet::new()));
    let remedy = "mend its code; until then the README of the crate is written without it";
    (!lacks.is_empty()).then(|| problem(file, &lacks, remedy))
}

/// Whether the code of a text speaks of a service.
fn speaks_of(code: &str, service: &str) -> bool {
    let module = service.replace('-', "_");
    [format!("{module}::"), format!("dintero_{module}"), format!(".{module}()")].iter().any(|word| code.contains(word))
}

/// The events and callbacks of dintero-events, as they are written, with their types.
fn events(layout: &Layout) -> BTreeMap<String, String> {
    let text = |file: &str| std::fs::read_to_string(layout.receiver().join("src").join(file)).unwrap_or_default();
    let mut out = events_of(&text(CALLBACKS), &text("events.rs"));
    let sources = sources(&layout.receiver().join("src")).into_iter();
    let by_hand: Vec<String> = sources
        .filter(|path| name(path) != "callbacks")
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect();
    out.extend(holders(&by_hand, &out));
    out
}

const CALLBACKS: &str = "callbacks.rs";

/// The public structs and functions written by hand that hold or give what the documents say, each with what it is: who
/// has one of them has that, without a word of its type.
fn holders(sources: &[String], known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let files = sources.iter().filter_map(|text| syn::parse_file(text).ok());
    let items: Vec<(String, BTreeSet<String>)> = files
        .flat_map(|file| file.items)
        .filter_map(|item| {
            let is_public = |of: &syn::Visibility| matches!(of, syn::Visibility::Public(_));
            let (name, holds) = match item {
                syn::Item::Struct(item) if is_public(&item.vis) => (item.ident, item.fields.to_token_stream()),
                syn::Item::Fn(item) if is_public(&item.vis) => (item.sig.ident, item.sig.output.to_token_stream()),
                _ => return None,
            };
            Some((name.to_string(), Words::of(&holds.to_string()).all))
        })
        .collect();
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let before = out.len();
        for (name, holds) in &items {
            let held = holds.iter().find_map(|word| known.get(word).or_else(|| out.get(word))).cloned();
            if let Some(held) = held.filter(|_| !known.contains_key(name)) {
                out.insert(name.clone(), held);
            }
        }
        if before == out.len() {
            return out;
        }
    }
}

fn events_of(callbacks: &str, events: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for line in callbacks.lines() {
        let alias = line.strip_prefix("pub type ").and_then(|rest| rest.trim_end_matches(';').split_once(" = "));
        out.extend(alias.map(|(name, target)| (name.to_owned(), target.to_owned())));
    }
    // Who calls a function has what it gives, without a word of its type.
    for line in callbacks.lines() {
        let Some((head, given)) = line.strip_prefix("pub fn ").and_then(|rest| rest.split_once(" -> ")) else {
            continue;
        };
        let name = head.split(['(', '<']).next().unwrap_or_default().to_owned();
        let words = Words::of(given).all;
        let target = words.iter().find_map(|word| out.get(word)).cloned();
        out.insert(name, target.unwrap_or_else(|| given.trim_end_matches(" {").to_owned()));
    }
    for line in events.lines() {
        let Some((variant, rest)) = line.trim().split_once(" = \"") else { continue };
        let Some((event, payload)) = rest.split_once("\": ") else { continue };
        for name in [variant, event] {
            out.insert(name.to_owned(), payload.trim_end_matches(',').to_owned());
        }
    }
    out
}

/// The types of a service that a text has by way of events and callbacks.
fn reached(all: &BTreeMap<String, String>, words: &BTreeSet<String>, service: &str) -> BTreeSet<String> {
    let package = format!("dintero_{}::types::", service.replace('-', "_"));
    let named = all.iter().filter(|(name, _)| words.contains(name.as_str()));
    named.filter_map(|(_, target)| target.strip_prefix(&package).map(str::to_owned)).collect()
}

/// Reads every text but the pages, tells which no longer fit, and writes the lists of those that do. What was not made in
/// this run is not asked.
pub fn texts(
    layout: &Layout,
    catalog: &Catalog,
    surfaces: &BTreeMap<String, Surface>,
    mut table: Table,
    writer: &mut Writer<'_>,
) -> Result<Vec<Problem>, Problem> {
    let umbrella = layout.umbrella();
    let mut told = Vec::new();
    let mut unfit = BTreeSet::new();
    let examples = sources(&umbrella.join("examples"));
    let tests = sources(&umbrella.join("tests"));
    let quickstart = layout.root.join("crates/dintero-quickstart/src/main.rs");
    let readmes = ["README.md", "crates/dintero-mock/README.md", "crates/dintero-events/README.md"];
    let readmes: Vec<PathBuf> = readmes.iter().map(|file| layout.root.join(file)).collect();
    let with_examples = |path: &PathBuf| used_examples(path).next().is_some();
    let programs = examples.iter().chain(tests.iter().filter(|path| with_examples(path))).chain([&quickstart]);
    let events = events(layout);
    let listed: BTreeSet<String> = programs.clone().chain(&readmes).map(|path| layout.shown(path)).collect();
    for path in programs.chain(&readmes).filter(|path| path.exists()) {
        let file = layout.shown(path);
        let is_readme = path.extension().is_some_and(|extension| extension == "md");
        let text = read(path)?;
        let code = if is_readme { code_of_page(&text) } else { text };
        let words = Words::of(&code);
        let mut lacks = Vec::new();
        let all = events.iter().filter(|_| code.contains("events")).map(|(k, v)| (k.clone(), v.clone())).collect();
        if code.contains("events") {
            lacks.extend(table.lacks(&file, &code, EVENTS, Now::Events(&all)));
        }
        for service in catalog.services().map(|entry| entry.service.as_str()) {
            let reached = reached(&all, &words.all, service);
            let Some(surface) = surfaces.get(service).filter(|_| speaks_of(&code, service) || !reached.is_empty())
            else {
                continue;
            };
            let of = table.lacks(&file, &code, service, Now::Service(surface, &reached));
            lacks.extend(of.into_iter().map(|what| format!("{service}: {what}")));
        }
        if lacks.is_empty() {
            continue;
        }
        let remedy = match is_readme {
            true => "mend its code; until then the doctests of its crate are not run",
            false => "mend it; until then it is neither built nor run",
        };
        told.push(problem(&file, &lacks, remedy));
        unfit.insert(path.clone());
    }
    let pages: BTreeSet<String> = catalog.services().map(|entry| layout.shown(&layout.page(&entry.service))).collect();
    table.0.retain(|file, _| listed.contains(file) || pages.contains(file));
    // What else is tested is nobody's example.
    if umbrella.join("examples").exists() {
        writer.file(&path(layout), &table.text())?;
        lists(layout, &examples, &tests, &unfit, writer)?;
    } else if !table.0.is_empty() {
        writer.file(&path(layout), &table.text())?;
    }
    for readme in &readmes {
        // That of the workspace is the umbrella's, too.
        let folder = readme.parent().unwrap_or(&layout.root);
        let folder = if folder == layout.root { umbrella.as_path() } else { folder };
        let manifest = folder.join("Cargo.toml");
        if manifest.exists() && readme.exists() && readme_is_part(folder) {
            let text = with_doctests(&layout.shown(&manifest), &read(&manifest)?, !unfit.contains(readme))?;
            writer.file(&manifest, &text)?;
        }
    }
    if quickstart.exists() {
        let manifest = layout.root.join("crates/dintero-quickstart/Cargo.toml");
        let main = if unfit.contains(&quickstart) { "mending" } else { "main" };
        let bin = format!("[[bin]]\nname = \"dintero-quickstart\"\npath = \"src/{main}.rs\"\n");
        let text = umbrella::between(&layout.shown(&manifest), &read(&manifest)?, "program", &bin)?;
        writer.file(&manifest, &text)?;
    }
    Ok(told)
}

/// Whether the crate of a folder has its README as its documentation, so that what stands there is a doctest.
fn readme_is_part(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("src/lib.rs")).is_ok_and(|text| text.contains("include_str!(\"../README.md\")"))
}

/// A manifest that says whether the doctests of its crate are run.
fn with_doctests(file: &str, manifest: &str, are_run: bool) -> Result<String, Problem> {
    umbrella::between(file, manifest, "doctests", &format!("[lib]\ndoctest = {are_run}\n"))
}

/// The sources that lie in a folder, in the order of their names.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut out: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    out.retain(|path| path.extension().is_some_and(|extension| extension == "rs") && name(path) != GENERATED);
    out.sort();
    out
}

/// The test that runs the examples, which is written here.
const GENERATED: &str = "examples";

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The examples that a test takes in as modules.
fn used_examples(test: &Path) -> impl Iterator<Item = String> + use<> {
    let text = std::fs::read_to_string(test).unwrap_or_default();
    let names: Vec<String> = text
        .split("#[path = \"../examples/")
        .skip(1)
        .filter_map(|rest| rest.split_once(".rs\"").map(|(name, _)| name.to_owned()))
        .collect();
    names.into_iter()
}

/// The targets of the umbrella's manifest, and the test that runs each example that asks for nothing: those that fit.
fn lists(
    layout: &Layout,
    examples: &[PathBuf],
    tests: &[PathBuf],
    unfit: &BTreeSet<PathBuf>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let umbrella = layout.umbrella();
    let fits = |path: &&PathBuf| !unfit.contains(*path);
    let names: BTreeSet<String> = examples.iter().filter(fits).map(|path| name(path)).collect();
    let mut targets = String::new();
    for name in &names {
        targets.push_str(&format!("[[example]]\nname = \"{name}\"\n\n"));
    }
    let mut run: BTreeSet<&String> = names.iter().collect();
    for path in tests {
        let uses: Vec<String> = used_examples(path).collect();
        if fits(&path) && uses.iter().all(|example| names.contains(example)) {
            targets.push_str(&format!("[[test]]\nname = \"{}\"\n\n", name(path)));
        }
        // One that has a test of its own waits for requests when it is run, whether or not that test fits.
        run.retain(|name| !uses.contains(name));
    }
    targets.push_str("[[test]]\nname = \"examples\"\n");
    let manifest = umbrella.join("Cargo.toml");
    let text = umbrella::between(&layout.shown(&manifest), &read(&manifest)?, "examples", &targets)?;
    writer.file(&manifest, &text)?;
    let mut test = String::from(
        "// @generated by `cargo xtask generate` from crates/dintero/examples; do not edit.\n\n\
         //! Each example runs against a local Dintero, as a newcomer would run it. Those that have a test of their own are\n\
         //! run there, and one that does not fit the documents is not built: `cargo xtask generate` tells which, and why.\n\n\
         // The local Dintero of the examples is a module of each.\n\
         #![allow(clippy::duplicate_mod)]\n\n",
    );
    for name in &run {
        test.push_str(&format!("#[path = \"../examples/{name}.rs\"]\nmod {name};\n"));
    }
    test.push_str("\nmod they_run {\n    use super::*;\n");
    for name in &run {
        test.push_str(&format!("\n    #[test]\n    fn {name}() {{\n        {name}::main().unwrap();\n    }}\n"));
    }
    test.push_str("}\n");
    writer.file(&umbrella.join("tests/examples.rs"), &test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_function_gives_is_used_by_who_calls_it_and_another_type_of_it_is_a_loss() {
        let callbacks = |service: &str| {
            format!(
                "pub type Query = dintero_{service}::types::CallbackQuery;\npub type Callback = \
                 dintero_{service}::types::CallbackQuery;\n\npub fn parse_callback(url: &str) -> Result<Callback, \
                 crate::ParseError> {{\n"
            )
        };
        let all = events_of(&callbacks("good"), "    Thing = \"thing\": dintero_good::types::ThingEvent,\n");
        let words = Words::of("let callback = parse_callback(&url)?; println!(\"{}\", callback.reference);");
        assert_eq!(reached(&all, &words.all, "good"), BTreeSet::from(["CallbackQuery".to_owned()]));
        assert!(reached(&all, &words.all, "other").is_empty());
        let used = Now::Events(&all).used_by(&words);
        assert_eq!(used.keys().collect::<Vec<_>>(), ["parse_callback"]);
        assert!(Now::Events(&all).lacks(&used).is_empty());
        let moved = events_of(&callbacks("other"), "");
        let told = Now::Events(&moved).lacks(&used).concat();
        assert!(
            told.contains("`parse_callback` was `dintero_good::types::CallbackQuery` and is `dintero_other::"),
            "{told}"
        );
        let told = Now::Events(&BTreeMap::new()).lacks(&used).concat();
        assert_eq!(told, "the event or callback `parse_callback` is gone");
    }

    #[test]
    fn what_is_written_by_hand_around_a_callback_is_used_with_what_it_holds() {
        let known = BTreeMap::from([("Callback".to_owned(), "dintero_good::types::CallbackQuery".to_owned())]);
        let sources = [
            "pub struct Verified { pub at: u64, pub callback: Callback }\nstruct Own(Callback);\n\
             pub struct Other { pub at: u64 }"
                .to_owned(),
            "pub fn verified(text: &str) -> Result<Box<Verified>, Error> { Err(Error) }\npub fn plain(of: Callback) {}"
                .to_owned(),
            "no Rust {".to_owned(),
        ];
        let held = holders(&sources, &known);
        assert_eq!(held.keys().collect::<Vec<_>>(), ["Verified", "verified"]);
        assert!(held.values().all(|target| target == "dintero_good::types::CallbackQuery"));
    }

    #[test]
    fn a_readme_that_does_not_fit_turns_the_doctests_of_its_crate_off_and_one_that_does_on_again() {
        for krate in ["dintero", "dintero-events", "dintero-mock"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(krate);
            assert!(readme_is_part(&folder), "{krate}");
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            let doctest = |text: &str| text.parse::<toml::Table>().unwrap()["lib"]["doctest"].as_bool();
            let off = with_doctests("Cargo.toml", &manifest, false).unwrap();
            assert_eq!(doctest(&off), Some(false), "{krate}");
            assert_eq!(doctest(&with_doctests("Cargo.toml", &off, true).unwrap()), Some(true), "{krate}");
        }
    }
}
