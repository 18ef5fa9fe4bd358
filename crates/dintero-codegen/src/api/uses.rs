//! What a text written by hand uses of a crate: the calls, types and fields that its code names.
//!
//! For: pages and examples name what a document says, and a document may say something else tomorrow. What they used is
//! kept when they are written, so that it can be told which of it is gone. It is read off by words: an item counts when
//! its name stands in the code and what it belongs to is reached from a call or a type that stands there. That may take in
//! one too many, never one that is used and not named.

use super::surface::{Item, Surface};
use crate::model::SecurityScheme;
use std::collections::{BTreeMap, BTreeSet};

/// Items by their path, each with its signature and its operation, if it belongs to one.
pub type Uses = BTreeMap<String, Used>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub signature: String,
    /// As `METHOD /path`.
    pub operation: String,
}

/// Behind the path of a call: the credentials that it takes, any of them. One more takes nothing away, and one less may.
const LOGIN: &str = " login";
const OR: &str = " or ";

fn words_of(login: &BTreeSet<String>) -> String {
    login.iter().map(String::as_str).collect::<Vec<_>>().join(OR)
}

/// The identifiers of a text of Rust.
#[derive(Debug, Default, Clone)]
pub struct Words {
    pub all: BTreeSet<String>,
    /// Those that stand before a parenthesis: what is called.
    called: BTreeSet<String>,
    /// Those that stand elsewhere: fields, types, variants without a value.
    plain: BTreeSet<String>,
}

impl Words {
    pub fn of(code: &str) -> Self {
        let mut words = Self::default();
        // Each piece but the last ends before a parenthesis.
        let mut pieces = code.split('(').peekable();
        while let Some(piece) = pieces.next() {
            let called = identifiers(piece).last().filter(|word| piece.ends_with(*word) && pieces.peek().is_some());
            let count = identifiers(piece).count() - usize::from(called.is_some());
            words.plain.extend(identifiers(piece).take(count).map(str::to_owned));
            words.called.extend(called.map(str::to_owned));
        }
        words.all = words.plain.union(&words.called).cloned().collect();
        words
    }

    /// Whether an item of this path may be meant where its name stands.
    fn mean(&self, path: &str, name: &str) -> bool {
        match (path.ends_with("()"), path.contains('.')) {
            (true, _) => self.called.contains(name),
            (false, true) => self.plain.contains(name),
            (false, false) => self.all.contains(name),
        }
    }
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    let split = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    split.filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// The code of a page: what stands in its blocks of Rust.
pub fn code_of_page(markdown: &str) -> String {
    let (mut out, mut fence): (String, Option<bool>) = (String::new(), None);
    for line in markdown.lines() {
        match (line.strip_prefix("```"), fence) {
            (Some(_), Some(_)) => fence = None,
            (Some(kind), None) => fence = Some(kind.is_empty() || kind.starts_with("rust")),
            (None, Some(true)) => out.extend([line.trim_start_matches("# "), "\n"]),
            (None, _) => {}
        }
    }
    out
}

impl Surface {
    /// What code of these words uses; `reached` are types that it has from elsewhere.
    pub fn used_by(&self, words: &Words, reached: &BTreeSet<String>) -> Uses {
        let items: Vec<(&String, &Item, String, String)> = self
            .items()
            .filter(|(path, _)| !path.contains(' '))
            .filter_map(|(path, item)| parts(path).map(|(owner, member)| (path, item, owner, member)))
            .collect();
        let mut owners: BTreeSet<String> = reached.iter().map(|name| format!("types::{name}")).collect();
        owners.insert("Client".into());
        owners.extend(words.all.iter().map(|word| format!("types::{word}")));
        let mut used: BTreeMap<String, Used> = BTreeMap::new();
        loop {
            let before = (owners.len(), used.len());
            for (path, item, owner, member) in &items {
                if !owners.contains(owner) || !words.mean(path, member) || used.contains_key(*path) {
                    continue;
                }
                // What is called on a type, or is a variant of one, is written with the type's name.
                let of_a_type = owner.strip_prefix("types::").filter(|_| !path.contains('.'));
                if of_a_type.is_some_and(|name| !words.all.contains(name)) {
                    continue;
                }
                let (signature, operation) = (item.signature.clone(), item.operation.clone());
                owners.extend(identifiers(&signature).map(|word| format!("types::{word}")));
                // A call's setters are its builder's.
                let builders = items.iter().filter(|(_, other, owner, _)| {
                    owner.starts_with("builder::") && !operation.is_empty() && other.operation == operation
                });
                owners.extend(builders.map(|(_, _, owner, _)| owner.clone()));
                if let Some(login) = self.login(path) {
                    let login = Used { signature: words_of(login), operation: operation.clone() };
                    used.insert(format!("{path}{LOGIN}"), login);
                }
                used.insert((*path).clone(), Used { signature, operation });
            }
            if before == (owners.len(), used.len()) {
                return used;
            }
        }
    }

    /// Whether it has an item of this path.
    pub fn has(&self, path: &str) -> bool {
        self.items().any(|(own, _)| own == path)
    }

    /// Of what was used, what is gone or has another signature, with its operation.
    pub fn lacks(&self, uses: &Uses) -> Vec<String> {
        let mut out = Vec::new();
        for (path, used) in uses {
            let of = match used.operation.as_str() {
                "" => String::new(),
                operation => format!(" of {operation}"),
            };
            if let Some(call) = path.strip_suffix(LOGIN) {
                // Of a call that is gone, that is told.
                let Some(now) = self.login(call) else { continue };
                let known: Vec<&str> = used.signature.split(OR).collect();
                let bearer = SecurityScheme::Bearer.label();
                // Texts log in once for all services, which gives a bearer token wherever one is taken.
                let stays = match known.contains(&bearer.as_str()) {
                    true => now.contains(&bearer),
                    false => known.iter().all(|login| now.contains(*login)),
                };
                if !stays {
                    let now = words_of(now);
                    out.push(format!("the login of `{call}`{of} was `{}` and is `{now}`", used.signature));
                }
                continue;
            }
            match self.items().find(|(own, _)| *own == path) {
                None => out.push(format!("`{path}`{of} is gone")),
                Some((_, now)) if now.signature != used.signature => {
                    out.push(format!("`{path}`{of} was `{}` and is `{}`", used.signature, now.signature));
                }
                Some(_) => {}
            }
        }
        out
    }
}

/// What an item belongs to, and its name there.
fn parts(path: &str) -> Option<(String, String)> {
    let path = path.trim_end_matches("()");
    if let Some((owner, member)) = path.split_once('.') {
        return Some((owner.to_owned(), member.to_owned()));
    }
    let (owner, member) = path.rsplit_once("::")?;
    match owner {
        // A type, or the arguments by name of a call, are reached by their own name.
        "types" | "builder" => Some((path.to_owned(), member.to_owned())),
        _ => Some((owner.to_owned(), member.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Api;
    use crate::catalog::Policy;
    use crate::lower::test_support::lowered;
    use serde_json::{Value, json};

    fn surface(change: impl FnOnce(&mut Value)) -> Surface {
        let mut doc = json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {
                "/things/{id}": {"get": {
                    "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                                   {"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}},
                "/others": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Other"}}}}}}}},
            "components": {"schemas": {
                "Thing": {"type": "object", "required": ["a"], "properties": {
                    "a": {"type": "string"}, "b": {"$ref": "#/components/schemas/Kind"}, "unused": {"type": "string"}}},
                "Other": {"type": "object", "properties": {"a": {"type": "string"}}},
                "Kind": {"type": "string", "enum": ["x", "y"]}}}
        });
        change(&mut doc);
        let service = lowered(doc);
        let api = Api::of(&service, &Policy::default()).expect("an api");
        Surface::of(&service, &api)
    }

    const PAGE: &str = "Text of get_others.\n```rust,no_run\nuse x::types::Kind;\n# let thing = client.get_thing(id).limit(1)\
        .send().await?;\nthing.unused();\nif thing.b == Some(Kind::X) { print(thing.a) }\n```\nMore, of unused.\n```text\nunused\n```\n";

    #[test]
    fn what_a_page_uses_is_what_its_code_reaches() {
        let used = surface(|_| {}).used_by(&Words::of(&code_of_page(PAGE)), &BTreeSet::new());
        let paths: Vec<&str> = used.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "Client::get_thing()",
                "Client::get_thing() login",
                "builder::GetThing::limit()",
                "types::Kind",
                "types::Kind::X",
                "types::Thing.a",
                "types::Thing.b"
            ]
        );
        assert_eq!(used["Client::get_thing()"].operation, "GET /things/{id}");
    }

    #[test]
    fn what_is_gone_is_told_with_its_operation_and_what_is_not_used_is_nobodys_loss() {
        let used = surface(|_| {}).used_by(&Words::of(&code_of_page(PAGE)), &BTreeSet::new());
        let lacks = |change: &dyn Fn(&mut Value)| surface(change).lacks(&used);
        assert_eq!(lacks(&|_| {}), Vec::<String>::new());
        assert_eq!(
            lacks(&|doc| drop(doc["paths"].as_object_mut().expect("paths").remove("/others"))),
            Vec::<String>::new()
        );
        let schemas = "/components/schemas/Thing/properties";
        let without = lacks(&|doc| drop(doc.pointer_mut(schemas).and_then(|p| p.as_object_mut()?.remove("unused"))));
        assert_eq!(without, Vec::<String>::new());
        let number = lacks(&|doc| doc.pointer_mut(schemas).expect("there")["a"] = json!({"type": "integer"}));
        assert_eq!(number, ["`types::Thing.a` was `String` and is `i64`"]);
        let key = json!({"type": "apiKey", "in": "header", "name": "x-key"});
        let schemes = json!({"key": key, "token": {"type": "http", "scheme": "bearer"}});
        let login = |list: Value| {
            lacks(&|doc| {
                doc["components"]["securitySchemes"] = schemes.clone();
                doc["paths"]["/things/{id}"]["get"]["security"] = list.clone();
            })
        };
        assert_eq!(login(json!([{"key": []}, {"token": []}])), Vec::<String>::new());
        assert_eq!(
            login(json!([{"key": []}])),
            ["the login of `Client::get_thing()` of GET /things/{id} was `bearer` and is `x-key`"]
        );
        let gone = lacks(&|doc| drop(doc["paths"].as_object_mut().expect("paths").remove("/things/{id}")));
        assert!(gone.contains(&"`Client::get_thing()` of GET /things/{id} is gone".to_string()), "{gone:?}");
    }
}
