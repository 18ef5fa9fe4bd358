//! Hostile documents: any text of a document of ours is replaced by hostile text, at any place.
//!
//! Asserts that each ends as a crate or as a problem with a place, in bounded time; and of a crate, by means of its own
//! and not by those of the generator, that it parses, calls no macro that is not ours, holds no doc that would be run,
//! and sends no credential to a host that is not on the list.
//!
//! A run in CI takes a few hundred documents by a fixed seed, and the corpus of what was found before. Longer:
//! `HOSTILE_SECONDS=1800 cargo test -p xtask hostile -- --nocapture`; another seed by `HOSTILE_SEED`, and the crates of a
//! run are kept in the folder `HOSTILE_KEEP`, to be compiled.

use crate::api::Api;
use crate::catalog::Policy;
use crate::catalog::{Catalog, Layout};
use crate::document;
use crate::emit::package::Home;
use crate::emit::{self, Files};
use crate::gate::Received;
use crate::lower::settled;
use crate::names_lock::Names;
use crate::problem::Problem;
use dintero_codegen::thread::on_thread;
use proc_macro2::{TokenStream, TokenTree};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// A document takes a fraction of a second; one that takes this long is a finding.
const LIMIT: Duration = Duration::from_secs(20);

const ROUNDS: usize = 250;

/// What is put in the place of a text, or after it.
const TEXTS: &[&str] = &[
    "```\nstd::fs::write(\"/tmp/pwned\", \"x\").unwrap();\n```",
    "~~~\nstd::fs::write(\"/tmp/pwned\", \"x\").unwrap();",
    "x<br>~~~<br>std::process::exit(1);",
    "x&#10;~~~&#10;std::process::exit(1);",
    "x&#10;&#10;    std::process::exit(1);",
    "\n\n    std::process::exit(1);\n\n",
    "- a\n\n      std::process::exit(1);\n",
    "> ```rust\n> std::process::exit(1);",
    "`\n/// ```\n/// std::process::exit(1);\n/// ```\npub static STOLEN: &str = include_str!(\"/etc/hostname\"); //",
    "*/ pub static STOLEN: &str = include_str!(\"/etc/hostname\"); /*",
    "\"; pub static STOLEN: &str = include_str!(\"/etc/hostname\"); //",
    "\\\"; pub static STOLEN: &str = env!(\"PATH\"); //",
    "\"#; macro_rules! pwned { () => {} } r#\"",
    "}} fn pwned() {} mod pwned {{",
    "{}{0}{pwned}{{",
    "{baseurl}",
    "'a",
    "r#type",
    "[a]: https://evil.example",
    "[`Client`] [Client] [x](javascript:alert(1)) ![p](https://evil.example/p.png)",
    "# Heading\n\ntext\n===\n",
    "<script>alert(1)</script>",
    "<!-- ",
    "</details>\n::error title=x::y\n##[error]x",
    "@everyone Fixes #1",
    "|a|b|\n|-|-|\n|`c`|d|",
    "[^1]: note\n\n    code",
    "a\u{202e}b\u{2066}c",
    "a\rb",
    "a\u{0}b\u{1b}[31m",
    "a\u{85}b\u{2028}c",
    "\u{feff}a\u{200d}b\u{ad}",
    "²",
    "①",
    "½ⅷ",
    "e\u{301}",
    "é",
    "日本語",
    "Пароль",
    "а",
    "\u{300}x",
    "🦀",
    "_",
    "__",
    "-",
    "$",
    "",
    " ",
    "self",
    "Self",
    "crate",
    "super",
    "async",
    "gen",
    "new",
    "call",
    "body",
    "send",
    "Error",
    "Option",
    "Client",
    "Transport",
    "Redirect the customer here",
    "Response, Error, chrono::Utc and types::Thing",
    "https://evil.example/v1",
    "https://api.dintero.com@evil.example/v1",
    "https://api.dintero.com.evil.example",
    "http://api.dintero.com",
    "//evil.example",
    "https://api.dintero.com\\@evil.example",
    "javascript:alert(1)",
    "@evil.example/x",
    ".evil.example/x",
    "../../../../etc/passwd",
    "/{a}/{a}/{b}",
    "#/components/schemas/pwned",
    "other.yaml#/x",
    "object",
    "array",
    "null",
    "upload",
    "binary",
    "date-time",
    "(?P<a>[",
    "application/json\r\nX-Pwned: 1",
    "multipart/form-data",
    "text/plain; charset=\"`\"",
    "x-place",
    "$ref",
];

/// Keys that steer, or that a generator would read, with values that would loosen or bring in something.
fn marks() -> Vec<(&'static str, Value)> {
    vec![
        ("x-moves-money", json!(false)),
        ("x-idempotent", json!(true)),
        ("x-sensitive", json!(false)),
        ("x-events", json!(["a`\n```\npwned"])),
        ("x-place", json!("y`\n\n```\npanic!()\n```\n\n`")),
        ("x-published-name", json!("`\n```\npanic!()\n```")),
        ("x-variant", json!("A { } fn pwned() {}")),
        ("x-tags", json!(["\"]; fn pwned() {}"])),
        ("x-three-states", json!(true)),
        ("x-rust-type", json!({"crate": "evil", "version": "*", "path": "evil::Pwned", "parameters": []})),
        ("x-dropshot-pagination", json!({"required": []})),
        ("x-dropshot-websocket", json!({})),
        ("x-no-bearer-prefix", json!(true)),
        ("x-scopes", json!(["`\n```\npanic!()\n```"])),
        ("x-evidence", json!("title`\n```")),
        ("x-discriminator-value", json!("\"] } fn pwned() {}")),
        ("servers", json!([{"url": "https://evil.example/v1"}])),
        ("security", json!([])),
        ("description", json!("~~~\npanic!()")),
        ("title", json!("A`\n```\npanic!()")),
        ("example", json!("`\n```\npanic!()\n```")),
        ("default", json!("`\n```\npanic!()\n```")),
        ("enum", json!(["`\n```\npanic!()\n```", "\u{202e}", "²", "a\rb", "", "a", "A"])),
        ("pattern", json!("`\n```\npanic!()\n```")),
        ("format", json!("upload")),
        ("discriminator", json!({"propertyName": "kind", "mapping": {"`\n```": "#/components/schemas/pwned"}})),
        ("allOf", json!([{"type": "object"}, {"type": "string"}])),
        ("additionalProperties", json!({"type": "string"})),
        ("nullable", json!(true)),
        ("required", json!(["pwned", "`"])),
    ]
}

/// A small generator of numbers, the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64, round: u64) -> Self {
        Self(seed.wrapping_mul(1_000_003).wrapping_add(round))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// A few operations of a document, with what they refer to.
pub fn cut(doc: &Value, dice: &mut Dice) -> Value {
    let mut out = doc.clone();
    let paths: Vec<String> = doc["paths"].as_object().map(|p| p.keys().cloned().collect()).unwrap_or_default();
    let kept: Vec<String> = (0..1 + dice.below(4)).map(|_| dice.of(&paths).clone()).collect();
    let Some(of_paths) = out["paths"].as_object_mut() else { return out };
    of_paths.retain(|path, _| kept.contains(path));
    let mut reached: Vec<String> = Vec::new();
    let mut open = vec![out["paths"].clone()];
    while let Some(value) = open.pop() {
        references(&value, &mut |target| {
            if !reached.contains(&target.to_string()) {
                reached.push(target.to_string());
                open.extend(doc.pointer(target.trim_start_matches('#')).cloned());
            }
        });
    }
    for (kind, section) in out["components"].as_object_mut().into_iter().flatten() {
        if let Some(section) = section.as_object_mut().filter(|_| kind != "securitySchemes") {
            section.retain(|name, _| reached.contains(&format!("#/components/{kind}/{name}")));
        }
    }
    out
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, child)| match child.as_str() {
            Some(target) if key == "$ref" => found(target),
            _ => references(child, found),
        }),
        Value::Array(list) => list.iter().for_each(|child| references(child, found)),
        _ => {}
    }
}

/// Every place that holds a text or a key.
pub fn places(value: &Value, pointer: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            out.push(pointer.clone());
            map.iter().for_each(|(key, child)| places(child, document::at(&pointer, key), out));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, child)| places(child, document::at(&pointer, i.to_string()), out));
        }
        Value::String(_) => out.push(pointer),
        _ => {}
    }
}

/// One change somewhere.
fn mutate(doc: &mut Value, dice: &mut Dice) {
    let mut all = Vec::new();
    places(doc, String::new(), &mut all);
    if all.is_empty() {
        return;
    }
    let pointer = dice.of(&all).clone();
    let text = hostile(dice);
    let Some(place) = doc.pointer_mut(&pointer) else { return };
    match place {
        Value::String(_) if dice.below(10) == 0 => *place = dice.of(&kinds()).clone(),
        Value::String(old) => *old = blended(old, &text, dice),
        Value::Object(map) if dice.below(2) == 0 || map.is_empty() => {
            let (key, value) = dice.of(&marks()).clone();
            map.insert(key.into(), value);
        }
        Value::Object(_) if dice.below(10) == 0 => *place = dice.of(&kinds()).clone(),
        Value::Object(map) => {
            // A key changes in its place, since the order decides names.
            let at = dice.below(map.len());
            let renamed: Map<String, Value> = std::mem::take(map)
                .into_iter()
                .enumerate()
                .map(|(i, (key, value))| if i == at { (blended(&key, &text, dice), value) } else { (key, value) })
                .collect();
            *map = renamed;
        }
        _ => {}
    }
}

/// A value of every kind.
fn kinds() -> [Value; 8] {
    [json!(null), json!(true), json!(-1.5), json!("pwned"), json!([]), json!(["pwned"]), json!({}), json!({"pwned": 1})]
}

fn hostile(dice: &mut Dice) -> String {
    let text = dice.of(TEXTS).to_string();
    match dice.below(6) {
        0 => text.repeat(2 + dice.below(3)),
        1 => format!("{text}{}", dice.of(TEXTS)),
        _ => text,
    }
}

fn blended(old: &str, text: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => text.to_string(),
        1 => format!("{old}{text}"),
        _ => format!("{text}{old}"),
    }
}

fn made(doc: Value, policy: &Policy) -> Result<Files, Problem> {
    on_thread("hostile.yaml", || {
        let service = settled("hostile.yaml", "hostile", Received::new(doc), policy, &mut Names::default())?;
        let home = Home {
            workspace: false,
            fixture: false,
            version: "0.1.0".into(),
            crates: "../../crates".into(),
            reference: "",
            hosts: &[],
        };
        let api = Api::of(&service, policy)?;
        let mut files = emit::run(&service, &api, "hostile.yaml", &home)?.files;
        let judge = emit::judge::run(&service, "hostile.yaml", &policy.account_parameters)?;
        files.extend([("judge/client.rs".into(), judge.client), ("judge/cases.rs".into(), judge.cases)]);
        Ok(files)
    })
}

/// What is wrong with how a document ended, if anything is.
fn wrong(ended: &Result<Files, Problem>, policy: &Policy) -> Option<String> {
    match ended {
        Err(problem) if problem.reason.contains("gave up") || problem.reason.contains("could not be run") => {
            Some(format!("a panic: {problem}"))
        }
        Err(problem) if problem.reason.contains("is not written") => {
            Some(format!("only the last wall held: {problem}"))
        }
        Err(problem) if problem.pointer.is_empty() => Some(format!("no place is told: {problem}")),
        Err(_) => None,
        Ok(files) => files.iter().find_map(|(name, text)| Some(format!("{name}: {}", foul(name, text, policy)?))),
    }
}

fn foul(name: &str, text: &str, policy: &Policy) -> Option<String> {
    if name.ends_with(".md") {
        let code = |event: Event<'_>| match event {
            Event::Start(Tag::CodeBlock(kind)) => Some(format!("a code block {kind:?}")),
            Event::Start(Tag::Link { dest_url, .. }) => Some(format!("a link to {dest_url}")),
            _ => None,
        };
        let found: Vec<String> = Parser::new_ext(text, Options::all()).filter_map(code).collect();
        let ours = "a code block Fenced(Borrowed(\"rust,no_run\"))";
        return found.into_iter().find(|told| told != ours);
    }
    if !name.ends_with(".rs") {
        return toml::from_str::<toml::Table>(text).err().map(|why| why.to_string());
    }
    let tokens: TokenStream = match text.parse() {
        Ok(tokens) => tokens,
        Err(why) => return Some(format!("no Rust: {why}")),
    };
    if let Err(why) = syn::parse_file(text) {
        return Some(format!("no Rust: {why}"));
    }
    if text.contains(|c: char| c != '\n' && crate::gate::text::is_unseen(c)) {
        return Some("a character that cannot be seen".into());
    }
    let mut docs = Vec::new();
    let mut servers = Vec::new();
    foul_tokens(tokens, &mut docs, &mut servers).or_else(|| docs.iter().find_map(|doc| runs(doc))).or_else(|| {
        servers.into_iter().find(|server| !is_listed(server, policy)).map(|s| format!("a credential for {s}"))
    })
}

const OUR_MACROS: [&str; 13] = [
    "builder",
    "by_status",
    "example",
    "format",
    "judged",
    "mocked",
    "object",
    "one_of",
    "one_of_scalars",
    "open_enum",
    "open_int_enum",
    "paged",
    "suite",
];

/// Walks all tokens: calls of macros, docs, and the servers of operations that take a credential.
fn foul_tokens(tokens: TokenStream, docs: &mut Vec<String>, servers: &mut Vec<String>) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let text = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
    let field = |name: &str| {
        let at = (0..tokens.len()).find(|at| text(*at) == name && text(at + 1) == ":")?;
        let literal: syn::LitStr = syn::parse_str(&text(at + 2)).ok()?;
        Some(literal.value())
    };
    let auth = (0..tokens.len()).find(|at| text(*at) == "auth" && text(at + 1) == ":").map(|at| text(at + 3));
    if auth.is_some_and(|auth| auth.contains("SecurityScheme") && auth != "[SecurityScheme :: None]") {
        servers.extend(field("server"));
        servers.extend(field("test_server").filter(|s| !s.is_empty()));
    }
    let mut doc: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if ident == "example" && text(at + 1) == "!" => {
                if let Some(found) = foul_example(tokens.get(at + 2)) {
                    return Some(found);
                }
            }
            TokenTree::Ident(ident)
                if text(at + 1) == "!" && text(at + 2) != "=" && !OUR_MACROS.contains(&ident.to_string().as_str()) =>
            {
                return Some(format!("the macro {ident}!"));
            }
            TokenTree::Ident(ident) if ident == "unsafe" || ident == "macro_rules" => {
                return Some(ident.to_string());
            }
            TokenTree::Group(group) => {
                let inner = group.stream().to_string();
                if let Some(literal) = inner.strip_prefix("doc = ") {
                    match syn::parse_str::<syn::LitStr>(literal) {
                        Ok(line) => doc.push(line.value()),
                        Err(_) => return Some("a doc that is no text".into()),
                    }
                    continue;
                }
                if let Some(found) = foul_tokens(group.stream(), docs, servers) {
                    return Some(found);
                }
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), '#' | '!') => continue,
            _ => {}
        }
        docs.extend((!doc.is_empty()).then(|| std::mem::take(&mut doc).join("\n")));
    }
    docs.extend((!doc.is_empty()).then(|| doc.join("\n")));
    None
}

/// The code that a doc shows: what it does is a call of a client, and what it names is of its crate or of the prelude.
fn foul_example(arguments: Option<&TokenTree>) -> Option<String> {
    let Some(TokenTree::Group(group)) = arguments else { return Some("an example of nothing".into()) };
    let texts: Vec<TokenTree> = group.stream().into_iter().collect();
    let texts: Vec<String> =
        texts.iter().filter_map(|t| Some(syn::parse_str::<syn::LitStr>(&t.to_string()).ok()?.value())).collect();
    let [_, _, code] = texts.as_slice() else { return Some("an example that is no text".into()) };
    if code.lines().any(|line| line.trim_start().starts_with(['`', '~', '#'])) {
        return Some(format!("an example that ends its block: {code:?}"));
    }
    let Ok(tokens) = code.parse::<TokenStream>() else { return Some(format!("an example that is no Rust: {code:?}")) };
    foul_call(tokens).map(|found| format!("{found} in the example {code:?}"))
}

fn foul_call(tokens: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let text = |at: usize| tokens.get(at).map(ToString::to_string).unwrap_or_default();
    tokens.iter().enumerate().find_map(|(at, token)| match token {
        TokenTree::Ident(ident) if text(at + 1) == "!" && ident != "vec" => Some(format!("the macro {ident}!")),
        TokenTree::Ident(ident) if ident == "std" && text(at + 3) != "collections" => Some("a path of std".into()),
        TokenTree::Ident(ident) => {
            let words = ["unsafe", "fn", "static", "const", "mod", "extern", "loop", "move", "macro_rules"];
            words.iter().find(|word| ident == **word).map(|word| word.to_string())
        }
        TokenTree::Group(group) => foul_call(group.stream()),
        TokenTree::Punct(sign) if matches!(sign.as_char(), '|' | '#') => Some(format!("`{sign}`")),
        _ => None,
    })
}

/// A doc as rustdoc reads it: without the blank that all lines begin with.
fn runs(doc: &str) -> Option<String> {
    let doc: Vec<&str> = doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let doc = doc.join("\n");
    for options in [Options::empty(), Options::all()] {
        for event in Parser::new_ext(&doc, options) {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if &*language == "text" => {}
                Event::Start(Tag::CodeBlock(kind)) => return Some(format!("a doctest {kind:?} in {doc:?}")),
                Event::Html(html) | Event::InlineHtml(html) => return Some(format!("HTML {html:?} in {doc:?}")),
                _ => {}
            }
        }
    }
    None
}

fn is_listed(server: &str, policy: &Policy) -> bool {
    let Ok(url) = url::Url::parse(server) else { return !server.contains("://") };
    let host = url.host_str().unwrap_or_default();
    let listed = |entry: &String| host == entry || entry.starts_with('.') && host.ends_with(entry.as_str());
    url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && policy.hosts.allowed.iter().any(listed)
}

pub fn workspace() -> (Layout, Catalog) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf();
    let layout = Layout { root };
    let catalog = Catalog::read(&layout).expect("the catalog");
    (layout, catalog)
}

pub fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn no_hostile_document_becomes_code_or_names_a_host() {
    let (layout, catalog) = workspace();
    let mut strict = catalog.policy();
    let mut files: Vec<_> = catalog.services().map(|entry| layout.pinned(&entry.service)).collect();
    files.extend(catalog.fixtures.iter().map(|fixture| layout.root.join(&fixture.spec)));
    let documents: Vec<Value> = files
        .iter()
        .filter_map(|file| document::read(file).ok())
        .filter(|doc| doc["paths"].as_object().is_some_and(|p| !p.is_empty()))
        .collect();
    assert!(documents.len() >= catalog.fixtures.len(), "{}", documents.len());
    let seconds = setting("HOSTILE_SECONDS").map(Duration::from_secs);
    let seed = setting("HOSTILE_SEED").unwrap_or(2026);
    let keep = std::env::var_os("HOSTILE_KEEP").map(std::path::PathBuf::from);
    let begun = Instant::now();
    let (mut crates, mut refused, mut found) = (0_usize, 0_usize, Vec::new());
    for round in 0.. {
        if seconds.map_or(round >= ROUNDS, |limit| begun.elapsed() >= limit) {
            break;
        }
        let mut dice = Dice::new(seed, round as u64);
        let mut doc = cut(dice.of(&documents), &mut dice);
        for _ in 0..1 + dice.below(5) {
            mutate(&mut doc, &mut dice);
        }
        // Half of them as a document from outside, which may name any host, and then gets no credential there.
        strict.hosts.outside = round % 2 == 0;
        let started = Instant::now();
        let ended = made(doc.clone(), &strict);
        let late = (started.elapsed() > LIMIT).then(|| format!("it took {:?}", started.elapsed()));
        match &ended {
            Ok(_) => crates += 1,
            Err(_) => refused += 1,
        }
        if let (Ok(files), Some(keep)) = (&ended, &keep) {
            store(&keep.join(format!("{round}")), files);
        }
        if let Some(why) = wrong(&ended, &strict).or(late) {
            let text = serde_json::to_string_pretty(&doc).unwrap_or_default();
            found.push(format!("round {round}: {why}"));
            if let Some(keep) = &keep {
                let _ = std::fs::create_dir_all(keep);
                let _ = std::fs::write(keep.join(format!("found-{round}.json")), text);
            }
        }
    }
    println!("{} documents: {crates} crates, {refused} refused, {} findings", crates + refused, found.len());
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    assert!(crates > 0 && refused > 0, "{crates} crates, {refused} refused");
}

fn store(folder: &Path, files: &Files) {
    for (name, text) in files {
        let path = folder.join(name);
        let _ = std::fs::create_dir_all(path.parent().unwrap_or(folder));
        let _ = std::fs::write(path, text);
    }
}

/// What was found before: every document of tests/hostile ends as a problem, or as a crate with nothing foul in it.
#[test]
fn what_was_found_before_is_not_found_again() {
    let (layout, catalog) = workspace();
    let folder = layout.root.join("tests/hostile");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("tests/hostile").flatten() {
        let doc = document::read(&entry.path()).expect("a document");
        for outside in [true, false] {
            let mut policy = catalog.policy();
            policy.hosts.outside = outside;
            let ended = made(doc.clone(), &policy);
            if let Some(why) = wrong(&ended, &policy) {
                panic!("{}: {why}", entry.path().display());
            }
        }
        seen += 1;
    }
    assert!(seen >= 13, "{seen}");
}
