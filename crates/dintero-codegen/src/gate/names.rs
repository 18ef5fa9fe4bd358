//! What could not be a name is refused, and texts are mended.
//!
//! For: paths, ids, parameters, media types, scopes, tags and property names become parts of files, of requests and of
//! messages. A control, direction or format character, a line break or a backtick in one of them is an attack or a slip;
//! in a description it is only noise.

use super::places::{Keys, below, is_read};
use super::text::{code, is_unseen, line};
use crate::document::{at, steps};
use crate::model::Change;
use crate::problem::Problem;
use serde_json::Value;

pub const PASS: &str = "names";

/// Text for people; all other text is a name, an address or a word of OpenAPI.
const PROSE: [&str; 5] = ["description", "summary", "title", "version", "$comment"];

/// Refuses and mends; pointers are those of the document as it came.
pub fn run(file: &str, doc: &mut Value, changes: &mut Vec<Change>) -> Result<(), Problem> {
    Gate { file, changes }.walk(doc, "", Keys::Keywords, false)
}

/// What can be the name of a header or a cookie.
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

struct Gate<'a> {
    file: &'a str,
    changes: &'a mut Vec<Change>,
}

impl Gate<'_> {
    fn walk(&mut self, value: &mut Value, pointer: &str, keys: Keys, prose: bool) -> Result<(), Problem> {
        match value {
            Value::Object(map) => {
                for (key, child) in map.iter_mut() {
                    let here = at(pointer, key);
                    self.name(key, &here)?;
                    if keys == Keys::Keywords
                        && key == "$ref"
                        && let Value::String(target) = &*child
                    {
                        self.reference(target, pointer)?;
                    }
                    // A pattern goes into the docs alone.
                    let literal = keys == Keys::Keywords && key == "pattern" && child.is_string();
                    if let Some(below) = below(keys, key).filter(|_| !literal) {
                        let prose = keys == Keys::Keywords && PROSE.contains(&key.as_str());
                        self.walk(child, &here, below, prose)?;
                    }
                }
            }
            Value::Array(list) => {
                for (index, child) in list.iter_mut().enumerate() {
                    self.walk(child, &at(pointer, index.to_string()), Keys::Keywords, prose)?;
                }
            }
            Value::String(text) if prose => {
                if let Some((mended, lost)) = mended(text) {
                    if lost {
                        let what = "has control or format characters, which are left out".to_string();
                        self.changes.push(Change { pass: PASS, pointer: pointer.into(), what, warning: true });
                    }
                    *text = mended;
                }
            }
            Value::String(text) => self.name(text, pointer)?,
            _ => {}
        }
        Ok(())
    }

    /// What the gate passes by, as data or as the document's own names, may not come back as a part of the document.
    fn reference(&self, target: &str, pointer: &str) -> Result<(), Problem> {
        if is_read(&steps(target)) {
            return Ok(());
        }
        Err(Problem::new(
            self.file,
            line(pointer),
            format!(
                "`$ref` leads to {}, which is an extension, data or a list of names and no part of the document",
                code(target)
            ),
            "refer to a component, by an overlay in specs/overlays",
        ))
    }

    fn name(&self, name: &str, pointer: &str) -> Result<(), Problem> {
        let Some(bad) = name.chars().find(|c| is_unseen(*c) || *c == '`') else { return Ok(()) };
        let what = match bad {
            '`' => "a backtick".to_string(),
            '\n' | '\r' => "a line break".to_string(),
            c => format!("the character U+{:04X}", u32::from(c)),
        };
        Err(Problem::new(
            self.file,
            line(pointer),
            format!("`{}` has {what}, which no name can have", line(name).replace('`', "'")),
            "correct the document by an overlay in specs/overlays, if the name is meant at all",
        ))
    }
}

/// The text without what cannot be seen, and whether more than blanks and line ends was mended; none if it has none.
fn mended(text: &str) -> Option<(String, bool)> {
    if !text.chars().any(|c| is_unseen(c) && c != '\n') {
        return None;
    }
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let lines = lines.replace('\t', "    ");
    let seen: String = lines.chars().filter(|c| *c == '\n' || !is_unseen(*c)).collect();
    let lost = seen.len() < lines.len();
    Some((seen, lost))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gate(mut doc: Value) -> Result<(Value, Vec<Change>), Problem> {
        let mut changes = Vec::new();
        run("spec.yaml", &mut doc, &mut changes)?;
        Ok((doc, changes))
    }

    #[test]
    fn what_could_not_be_a_name_is_refused_with_its_place() {
        let bad = "a\nb";
        for (doc, pointer) in [
            (json!({"paths": {"/a\n/b": {}}}), "/paths/~1a\\n~1b"),
            (json!({"paths": {"/a": {"get": {"operationId": "a`b"}}}}), "/paths/~1a/get/operationId"),
            (json!({"paths": {"/a": {"get": {"parameters": [{"name": bad}]}}}}), "/paths/~1a/get/parameters/0/name"),
            (json!({"paths": {"/a": {"get": {"tags": ["a\u{202e}b"]}}}}), "/paths/~1a/get/tags/0"),
            (json!({"paths": {"/a": {"get": {"x-scopes": [bad]}}}}), "/paths/~1a/get/x-scopes/0"),
            (
                json!({"paths": {"/a": {"get": {"responses": {"default": {"content": {bad: {}}}}}}}}),
                "/paths/~1a/get/responses/default/content/a\\nb",
            ),
            (json!({"components": {"schemas": {"a\rb": {}}}}), "/components/schemas/a\\rb"),
            (
                json!({"components": {"schemas": {"default": {"properties": {"example": {"properties": {bad: {}}}}}}}}),
                "/components/schemas/default/properties/example/properties/a\\nb",
            ),
            (json!({"servers": [{"url": "https://a.example/\u{7f}"}]}), "/servers/0/url"),
        ] {
            let problem = gate(doc).expect_err(pointer);
            assert_eq!((problem.file.as_str(), problem.pointer.as_str()), ("spec.yaml", pointer), "{problem}");
            assert!(problem.reason.contains("no name can have") && problem.remedy.contains("overlay"), "{problem}");
        }
    }

    #[test]
    fn a_reference_leads_to_what_the_gate_has_seen() {
        for target in [
            "#/x-more/item",
            "#/x%2Dmore/item",
            "#/info/x-more",
            "#/components/schemas/A/default",
            "#/components/schemas/A/enum/0",
            "#/components/examples/A/value",
            "#/components/schemas",
            "#/components/schemas/A/properties",
        ] {
            let refers = json!({"$ref": target});
            for (doc, pointer) in [
                (json!({"paths": {"/a": refers}}), "/paths/~1a"),
                (json!({"paths": {"/a": {"parameters": [refers]}}}), "/paths/~1a/parameters/0"),
                (json!({"components": {"schemas": {"B": {"items": refers}}}}), "/components/schemas/B/items"),
            ] {
                let problem = gate(doc).expect_err(target);
                assert_eq!(problem.pointer, pointer, "{problem}");
                assert!(problem.reason.contains("no part of the document"), "{problem}");
            }
        }
        for target in [
            "#/components/schemas/x-rust-type",
            "#/components/schemas/default/properties/example",
            "#/paths/~1a/get/responses/default/content/x-a~1json/schema",
            "#/definitions/A/allOf/0",
            "#/paths/~1a/get/parameters/0/schema",
            "other.yaml",
        ] {
            gate(json!({"components": {"schemas": {"B": {"$ref": target}}}})).expect(target);
        }
        // A property may be called so.
        gate(json!({"components": {"schemas": {"B": {"properties": {"$ref": {"type": "string"}}}}}})).expect("fine");
    }

    #[test]
    fn texts_are_mended_and_data_stays() {
        let data = json!({"enum": ["a\nb", "\u{202e}"], "default": "`", "example": {"a\nb": 1}, "x-other": ["a\nb"], "pattern": "\u{2028}"});
        let doc = json!({"info": {"title": "a\u{202e}b", "version": "1\r2"}, "components": {"schemas": {"A": data.clone()}},
            "paths": {"/a": {"get": {"description": "a\r\nb\tc\u{0}"}}}});
        let (doc, changes) = gate(doc).expect("fine");
        assert_eq!((&doc["info"]["title"], &doc["info"]["version"]), (&json!("ab"), &json!("1\n2")));
        assert_eq!(doc["paths"]["/a"]["get"]["description"], "a\nb    c");
        assert_eq!(doc["components"]["schemas"]["A"], data);
        let mended: Vec<&str> = changes.iter().map(|c| c.pointer.as_str()).collect();
        assert_eq!(mended, ["/info/title", "/paths/~1a/get/description"]);
    }
}
