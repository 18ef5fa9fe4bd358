//! Reads a document (YAML or JSON) into a JSON value, and finds places in it by JSON pointer.

use crate::problem::Problem;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// A document nested deeper than this is an attack, or a mistake.
const DEPTH: usize = 128;
/// As many values as the largest document could want; aliases (`*name`) that unfold into more are refused.
const VALUES: usize = 500_000;

/// Documents that are held at a time: all that are published, before and after a fetch.
const HELD: usize = 200;

/// Enough for `DEPTH` levels.
const STACK: usize = 32 << 20;

/// Reads a file; the problem names it as given.
pub fn read(path: &Path) -> Result<Value, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::io(path, "read the document", &e))?;
    parse(&path.display().to_string(), &text)
}

/// Parses YAML 1.2 or JSON, and makes sure that it is an OpenAPI document at all.
pub fn parse(file: &str, text: &str) -> Result<Value, Problem> {
    let value = yaml(file, text, "fetch the document again, or mend it at that place")?;
    let Some(object) = value.as_object() else {
        return Err(not_openapi(file, "its top level is no mapping"));
    };
    if !object.contains_key("openapi") && !object.contains_key("swagger") {
        return Err(not_openapi(file, "it has neither `openapi` nor `swagger`"));
    }
    Ok(value)
}

/// As `parse`, but the same text is parsed once in a run, whoever asks for it: fetch, drift and generate all do.
pub fn once(file: &str, text: &str) -> Result<Arc<Value>, Problem> {
    static PARSED: LazyLock<Mutex<HashMap<String, Arc<Value>>>> = LazyLock::new(Mutex::default);
    let parsed = || PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = parsed().get(text) {
        return Ok(Arc::clone(known));
    }
    let value = Arc::new(parse(file, text)?);
    let mut parsed = parsed();
    if parsed.len() >= HELD {
        parsed.clear();
    }
    parsed.insert(text.to_string(), Arc::clone(&value));
    Ok(value)
}

/// Parses YAML 1.2 or JSON, whatever it holds.
pub fn yaml(file: &str, text: &str, remedy: &str) -> Result<Value, Problem> {
    on_deep_stack(|| value(text))
        .map_err(|why| Problem::new(file, "", format!("is neither YAML nor JSON: {why}"), remedy))
}

/// JSON is read as JSON: its texts may hold characters that YAML refuses, such as U+009F. What begins like it and is
/// none (YAML in braces) is read as YAML.
fn value(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        match json(text) {
            Ok(value) => return Ok(value),
            Err(why) if why.is_data() => return Err(why.to_string()),
            Err(_) => {}
        }
    }
    // YAML 1.1 would read the enum value `no` as false and `010` as 8.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_depth: DEPTH, max_nodes: VALUES, max_events: 2 * VALUES, max_documents: 1 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: VALUES },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|e| e.to_string())
}

/// As many levels as the JSON parser goes down by itself, and as many values as of YAML.
fn json(text: &str) -> Result<Value, serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Bounded { left: &Cell::new(VALUES) }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(value)
}

/// Any JSON, with an end to the number of its values, and no key twice: of two, nobody knows which was meant.
#[derive(Clone, Copy)]
struct Bounded<'a> {
    left: &'a Cell<usize>,
}

impl Bounded<'_> {
    fn spend<E: Error>(self) -> Result<(), E> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(E::custom(format!("it has more than {VALUES} values"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.spend()?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice in one mapping")));
            }
            map.insert(key, entries.next_value_seed(self)?);
        }
        Ok(map.into())
    }
}

/// The parser recurses, with large frames: the stack must not depend on the thread that asks.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.map_err(|why| why.to_string())?.join().unwrap_or_else(|_| Err("the parser gave up".into()))
    })
}

fn not_openapi(file: &str, why: &str) -> Problem {
    Problem::new(
        file,
        "",
        format!("is not an OpenAPI document: {why}"),
        "check the address in specs/catalog.toml; a web page or a redirect may have been stored instead",
    )
}

/// What a path item may hold beside its parameters.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// Method (as written) and path of every operation, in the document's order.
pub fn operations(doc: &Value) -> impl Iterator<Item = (&str, &str)> {
    let paths = doc["paths"].as_object().into_iter().flatten();
    paths.filter_map(|(path, item)| Some((path, item.as_object()?))).flat_map(|(path, item)| {
        item.keys().filter(|m| METHODS.contains(&m.as_str())).map(move |m| (m.as_str(), path.as_str()))
    })
}

/// Escapes one step of a JSON pointer.
pub fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

/// Appends a step to a JSON pointer.
pub fn at(pointer: &str, step: impl AsRef<str>) -> String {
    let step = step.as_ref();
    // Most steps are words; this is called for every part of a document, many times over.
    match step.contains(['~', '/']) {
        true => [pointer, "/", &escape(step)].concat(),
        false => [pointer, "/", step].concat(),
    }
}

/// The steps of a JSON pointer, unescaped (also percent escapes, as they stand in a `$ref`).
pub fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|s| percent_decode(s).replace("~1", "/").replace("~0", "~")).collect()
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex =
            (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten().and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_string())
}

/// The component a reference names, if it names one.
pub fn component_of(target: &str) -> Option<String> {
    let rest = target.strip_prefix("#/components/schemas/")?;
    (!rest.contains('/')).then(|| steps(&format!("/{rest}")).remove(0))
}

/// Follows the steps of a pointer.
pub fn lookup<'a>(root: &'a Value, steps: &[String]) -> Option<&'a Value> {
    steps.iter().try_fold(root, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(list) => step.parse::<usize>().ok().and_then(|i| list.get(i)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_of_the_present_day() {
        let v = parse("t", "openapi: 3.0.0\nx: no\nresponses: {200: ok}\ny: 010\n").expect("parses");
        assert_eq!(v["x"], "no");
        assert_eq!(v["responses"]["200"], "ok");
        assert_eq!(v["y"], "010");
    }

    #[test]
    fn what_is_no_document_is_named() {
        for text in ["<html><body>moved</body></html>", "", "- a\n", "{\"a\": 1}"] {
            let p = parse("spec.yaml", text).expect_err("no OpenAPI");
            assert!(p.to_string().starts_with("spec.yaml: is not an OpenAPI document"), "{p}");
        }
        let p = parse("spec.yaml", "openapi: 3.0.0\n  bad: [").expect_err("broken");
        assert!(p.reason.contains("neither YAML nor JSON"), "{p}");
    }

    /// Nine levels of ten aliases each would be a thousand million values.
    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("openapi: 3.0.0\nx-0: &a0 [lol, lol]\n");
        for i in 1..10 {
            let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("x-{i}: &a{i} [{aliases}]\n"));
        }
        let p = parse("spec.yaml", &text).expect_err("a bomb");
        assert!(p.reason.contains("alias"), "{p}");
    }

    #[test]
    fn nesting_has_an_end() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
            let text = format!("openapi: 3.0.0\nx:\n  {}1{}\n", open.repeat(100_000), close.repeat(100_000));
            let p = parse("spec.yaml", &text).expect_err("too deep");
            assert!(p.reason.contains("neither YAML nor JSON"), "{p}");
        }
        let deep = format!("openapi: 3.0.0\nx: {}1{}\n", "{a: ".repeat(100), "}".repeat(100));
        parse("spec.yaml", &deep).expect("as deep as a document may be");
    }

    #[test]
    fn a_byte_order_mark_and_an_alias_are_no_fault() {
        let v = parse("t", "\u{feff}openapi: 3.0.0\na: &a {b: 1}\nc: *a\n").expect("parses");
        assert_eq!(v["c"]["b"], 1);
    }

    fn as_yaml(text: &str) -> Result<Value, String> {
        // A comment, which no JSON has.
        value(&format!("# yaml\n{text}"))
    }

    #[test]
    fn json_may_hold_what_yaml_refuses() {
        let text = "\u{feff} \n{\"openapi\": \"3.0.0\", \"x\": \"a\u{9f}b\", \"\\ud83d\\ude00\": \"\\/\"}";
        as_yaml(text.trim_start_matches('\u{feff}')).expect_err("no YAML");
        let v = parse("spec.json", text).expect("JSON");
        assert_eq!(v["x"], "a\u{9f}b");
        let keys: Vec<&String> = v.as_object().expect("a map").keys().collect();
        assert_eq!(keys, ["openapi", "x", "\u{1f600}"], "in their order");
        // What is no JSON is YAML still.
        let v = parse("spec.yaml", "{openapi: 3.0.0, x: [no, 010], 'y': 1,}").expect("YAML");
        assert_eq!((&v["x"][0], &v["x"][1], &v["y"]), (&"no".into(), &"010".into(), &1.into()));
    }

    #[test]
    fn json_comes_out_as_it_did_when_it_was_read_as_yaml() {
        let numbers = [
            "0",
            "7",
            "-7",
            "1.0",
            "-1.50",
            "1e3",
            "1E-3",
            "1.5e300",
            "0.1",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "-9223372036854775808",
            "1e-7",
            "123456789.123456789",
        ];
        for text in numbers.into_iter().chain(["true", "null", "\"no\"", "\"1\"", "\"\"", "[]", "{}"]) {
            let text = format!("{{\"openapi\": \"3.0.0\", \"x\": {text}}}");
            let (json, yaml) = (json(&text).expect("JSON"), as_yaml(&text).expect("YAML"));
            assert_eq!(json, yaml, "{text}");
            assert_eq!(json.to_string(), yaml.to_string(), "{text}");
        }
    }

    #[test]
    fn json_is_bounded_as_yaml_is() {
        let twice = "{\"openapi\": \"3.0.0\", \"x\": {\"a\": 1, \"a\": 2}}";
        as_yaml(twice).expect_err("not of YAML either");
        let p = parse("spec.json", twice).expect_err("twice");
        assert!(p.reason.contains("`a` stands twice"), "{p}");
        let many = format!("{{\"openapi\": \"3.0.0\", \"x\": [{}1]}}", "1,".repeat(VALUES));
        let p = parse("spec.json", &many).expect_err("too many");
        assert!(p.reason.contains("values"), "{p}");
        for (open, close) in [("[", "]"), ("{\"a\": ", "}")] {
            let nested =
                |n: usize| format!("{{\"openapi\": \"3.0.0\", \"x\": {}1{}}}", open.repeat(n), close.repeat(n));
            parse("spec.json", &nested(100)).expect("as deep as a document may be");
            let p = parse("spec.json", &nested(100_000)).expect_err("too deep");
            assert!(p.reason.contains("neither YAML nor JSON"), "{p}");
        }
    }

    #[test]
    fn pointers_are_unescaped() {
        assert_eq!(steps("/paths/~1a~1%7Bid%7D/get"), ["paths", "/a/{id}", "get"]);
        assert_eq!(at("/paths", "/a~b"), "/paths/~1a~0b");
    }
}
