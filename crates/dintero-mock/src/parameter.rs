//! Parameters: read from path, query, header and cookie by their style and explode, and checked against their schema.

use crate::document::Document;
use crate::pointer::at;
use crate::schema::{self, Flat, Side, Validator, Violation, violations};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::OnceLock;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

impl Location {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    Space,
    Pipe,
    DeepObject,
}

/// A declared parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) style: Style,
    pub(crate) explode: bool,
    /// Pointer of its schema.
    pub(crate) schema: Option<String>,
    /// The text is JSON.
    pub(crate) is_content: bool,
    /// The example beside the schema.
    pub(crate) example: Option<Value>,
    /// It is a key by which the call is let in.
    pub(crate) is_key: bool,
    validator: OnceLock<Option<Validator>>,
}

/// What of a request parameters are read from.
#[derive(Debug, Default)]
pub(crate) struct Sources<'a> {
    /// By name; values in path and query are still escaped, since a separator may be data.
    pub(crate) path: Vec<(&'a str, &'a str)>,
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: Vec<(&'a str, Cow<'a, str>)>,
    pub(crate) cookies: Vec<(String, String)>,
}

impl Parameter {
    pub(crate) fn of(pointer: &str, value: &Value) -> Option<Self> {
        let name = value.get("name").and_then(Value::as_str)?.to_owned();
        let location = match value.get("in").and_then(Value::as_str)? {
            "path" => Location::Path,
            "query" => Location::Query,
            "header" => Location::Header,
            "cookie" => Location::Cookie,
            _ => return None,
        };
        let style = match value.get("style").and_then(Value::as_str) {
            Some("simple") => Style::Simple,
            Some("label") => Style::Label,
            Some("matrix") => Style::Matrix,
            Some("form") => Style::Form,
            Some("spaceDelimited") => Style::Space,
            Some("pipeDelimited") => Style::Pipe,
            Some("deepObject") => Style::DeepObject,
            _ if matches!(location, Location::Path | Location::Header) => Style::Simple,
            _ => Style::Form,
        };
        let content = value.get("content").and_then(Value::as_object).and_then(|content| content.keys().next());
        let schema = match content {
            Some(media) => Some(at(&at(&at(pointer, "content"), media), "schema")),
            None => value.get("schema").map(|_| at(pointer, "schema")),
        };
        Some(Self {
            name,
            location,
            required: location == Location::Path || value.get("required") == Some(&Value::Bool(true)),
            style,
            explode: value.get("explode").and_then(Value::as_bool).unwrap_or(style == Style::Form),
            schema,
            is_content: content.is_some(),
            example: value.get("example").cloned(),
            is_key: false,
            validator: OnceLock::new(),
        })
    }

    /// A parameter that only the path's template names.
    pub(crate) fn undeclared(name: String) -> Self {
        Self {
            name,
            location: Location::Path,
            required: true,
            style: Style::Simple,
            explode: false,
            schema: None,
            is_content: false,
            example: None,
            is_key: false,
            validator: OnceLock::new(),
        }
    }

    /// A key that the security of an operation asks for; whether it has to be there is decided where it is checked.
    pub(crate) fn key(location: Location, name: String) -> Self {
        let style = if location == Location::Header { Style::Simple } else { Style::Form };
        Self { location, required: false, style, is_key: true, ..Self::undeclared(name) }
    }

    pub(crate) fn is_in_path(&self) -> bool {
        self.location == Location::Path
    }

    pub(crate) fn is_header(&self, name: &str) -> bool {
        self.location == Location::Header && self.name.eq_ignore_ascii_case(name)
    }

    /// OpenAPI says that these headers are described elsewhere.
    pub(crate) fn is_described_elsewhere(&self) -> bool {
        ["accept", "content-type", "authorization"].iter().any(|name| self.is_header(name))
    }

    pub(crate) fn validator(&self, document: &Document) -> Option<&Validator> {
        let made = || document.schemas(Side::Request).validator(self.schema.as_deref()?).ok();
        self.validator.get_or_init(made).as_ref()
    }

    /// Reads and checks it; tells what is wrong, and marks the query parameters that belong to it.
    pub(crate) fn check(&self, document: &Document, sources: &Sources<'_>, used: &mut [bool]) -> Vec<Violation> {
        let place = at(&format!("/{}", self.location.word()), &self.name);
        let shape = Shape::of(document, self.schema.as_deref());
        let validator = self.validator(document);
        let given = match self.given(&shape, sources, used) {
            Given::Nothing if self.required => return vec![Violation::new(place, "is required")],
            Given::Nothing => return Vec::new(),
            Given::Wrong(why) => return vec![Violation::new(place, why)],
            Given::Read(raw) => return shape.judge(raw, validator, &place),
            Given::Text(text) => text,
        };
        // An escaped separator is data by the rule. Many clients escape all of them alike; that is taken where it fits.
        let readings = [Text { text: &given, is_escaped: true }, Text { text: &decode(&given), is_escaped: false }];
        let mut told = Vec::new();
        for reading in readings.into_iter().skip(usize::from(!self.is_escaped())) {
            let found = match self.read(reading, &shape) {
                Ok(raw) => shape.judge(raw, validator, &place),
                Err(why) => vec![Violation::new(&*place, why)],
            };
            if found.is_empty() {
                return found;
            }
            if told.is_empty() {
                told = found;
            }
        }
        told
    }

    fn is_escaped(&self) -> bool {
        matches!(self.location, Location::Path | Location::Query)
    }

    fn given(&self, shape: &Shape, sources: &Sources<'_>, used: &mut [bool]) -> Given {
        let text = |text: Option<String>| text.map_or(Given::Nothing, Given::Text);
        match self.location {
            Location::Path => {
                text(sources.path.iter().find(|(name, _)| *name == self.name).map(|(_, raw)| (*raw).into()))
            }
            Location::Header => {
                let mut lines = sources.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(&self.name));
                let first = lines.next().map(|(_, text)| text.to_string());
                text(first.map(|first| lines.fold(first, |all, (_, text)| format!("{all},{text}"))))
            }
            Location::Cookie => {
                text(sources.cookies.iter().find(|(name, _)| *name == self.name).map(|(_, text)| text.clone()))
            }
            Location::Query => self.in_query(shape, sources.query, used),
        }
    }

    fn in_query(&self, shape: &Shape, query: &[(String, String)], used: &mut [bool]) -> Given {
        let mut mine = |belongs: &dyn Fn(&str) -> bool| -> Vec<(String, String)> {
            let mut out = Vec::new();
            for (i, (name, text)) in query.iter().enumerate() {
                if belongs(name) {
                    if let Some(used) = used.get_mut(i) {
                        *used = true;
                    }
                    out.push((name.clone(), text.clone()));
                }
            }
            out
        };
        let object = |pairs: Vec<(String, String)>| match pairs.is_empty() {
            true => Given::Nothing,
            false => Given::Read(Raw::Object(pairs.into_iter().map(|(name, text)| (name, decode(&text))).collect())),
        };
        if shape.is_object() && !self.is_content {
            if self.style == Style::DeepObject {
                let prefix = format!("{}[", self.name);
                let found = mine(&|name| name.starts_with(&prefix) && name.ends_with(']'));
                let inner =
                    |name: &str| name.strip_prefix(&prefix).and_then(|n| n.strip_suffix(']')).map(str::to_owned);
                return object(found.into_iter().filter_map(|(n, text)| Some((inner(&n)?, text))).collect());
            }
            if self.explode {
                return object(mine(&|name| shape.properties.iter().any(|(known, _)| known == name)));
            }
        }
        let found = mine(&|name| name == self.name || shape.is_array() && name.strip_suffix("[]") == Some(&self.name));
        if found.iter().any(|(name, _)| *name != self.name) {
            return Given::Wrong(format!("is sent as `{0}[]`; a list is sent as `{0}=a&{0}=b`", self.name));
        }
        match found.as_slice() {
            [] => Given::Nothing,
            all if shape.is_array() && self.explode && !self.is_content => {
                Given::Read(Raw::List(all.iter().map(|(_, text)| decode(text)).collect()))
            }
            [(_, text)] => Given::Text(text.clone()),
            _ if shape.is_array() => Given::Wrong("is given more than once; its values are joined in one".into()),
            _ => Given::Wrong("is given more than once".into()),
        }
    }

    /// One text as the style lays it out.
    fn read(&self, reading: Text<'_>, shape: &Shape) -> Result<Raw, String> {
        let Text { mut text, is_escaped } = reading;
        let plain = |text: &str| if is_escaped { decode(text) } else { text.to_owned() };
        if self.is_content {
            return serde_json::from_str(&plain(text)).map(Raw::Json).map_err(|why| format!("is no JSON: {why}"));
        }
        match self.style {
            Style::Label => {
                text = text.strip_prefix('.').ok_or("does not begin with a dot, as the label style does")?
            }
            Style::Matrix => {
                text = text.strip_prefix(';').ok_or("does not begin with a semicolon, as the matrix style does")?;
            }
            _ => {}
        }
        let is_matrix = self.style == Style::Matrix;
        let named = |text: &str| -> Result<String, String> {
            let given = text.strip_prefix(self.name.as_str()).and_then(|rest| rest.strip_prefix('='));
            let given = given.map(str::to_owned);
            given.ok_or_else(|| format!("is not laid out as `;{}=...`, as the matrix style does", self.name))
        };
        if !shape.is_array() && !shape.is_object() {
            return Ok(Raw::Text(plain(&if is_matrix { named(text)? } else { text.to_owned() })));
        }
        let separators: &[&str] = match (self.style, self.explode) {
            // A space is never sent as it is.
            (Style::Space, _) => &["+", "%20", " "],
            (Style::Pipe, _) => &["|", "%7C", "%7c"],
            (Style::Label, true) => &["."],
            (Style::Matrix, true) => &[";"],
            _ => &[","],
        };
        let mut joined = if is_matrix && !self.explode { named(text)? } else { text.to_owned() };
        let first = separators.first().copied().unwrap_or(",");
        for other in separators.iter().skip(1) {
            joined = joined.replace(other, first);
        }
        let items: Vec<String> = match joined.is_empty() {
            true => Vec::new(),
            false => joined.split(first).map(|item| item.trim().to_owned()).collect(),
        };
        if shape.is_array() {
            let each = |item: String| if is_matrix && self.explode { named(&item) } else { Ok(item) };
            let items: Result<Vec<String>, String> = items.into_iter().map(each).collect();
            return Ok(Raw::List(items?.iter().map(|item| plain(item)).collect()));
        }
        if self.explode {
            let pair = |item: &String| item.split_once('=').map(|(n, v)| (plain(n), plain(v)));
            let pairs: Option<Vec<_>> = items.iter().map(pair).collect();
            return pairs.map(Raw::Object).ok_or_else(|| "is not laid out as `name=value`".into());
        }
        if !items.len().is_multiple_of(2) {
            return Err("is not laid out as `name,value,name,value`".into());
        }
        Ok(Raw::Object(items.chunks_exact(2).filter_map(|p| Some((plain(p.first()?), plain(p.last()?)))).collect()))
    }
}

/// What a request brings of a parameter.
enum Given {
    Nothing,
    Wrong(String),
    /// Taken apart already.
    Read(Raw),
    /// One text; escaped in path and query.
    Text(String),
}

/// A text, and whether `%` escapes stand in it.
struct Text<'a> {
    text: &'a str,
    is_escaped: bool,
}

enum Raw {
    Text(String),
    List(Vec<String>),
    Object(Vec<(String, String)>),
    Json(Value),
}

/// As much of a schema as its text form depends on.
struct Shape {
    types: Vec<String>,
    items: Vec<String>,
    properties: Vec<(String, Vec<String>)>,
}

impl Shape {
    fn of(document: &Document, pointer: Option<&str>) -> Self {
        let schemas = document.schemas(Side::Request);
        let mut shape = Self { types: Vec::new(), items: Vec::new(), properties: Vec::new() };
        let Some(schema) = pointer.and_then(|pointer| schemas.at(pointer)) else { return shape };
        let owned = |schema| schema::types(schemas, schema).into_iter().map(str::to_owned).collect::<Vec<_>>();
        shape.types = owned(schema);
        let flat = Flat::of(schemas, &[schema], &mut |_| 0);
        if let Some(items) = flat.each("items").next() {
            shape.items = owned(items);
        }
        for (name, property) in flat.each("properties").filter_map(Value::as_object).flatten() {
            shape.properties.push((name.clone(), owned(property)));
        }
        shape
    }

    fn judge(&self, raw: Raw, validator: Option<&Validator>, place: &str) -> Vec<Violation> {
        let value = match raw {
            Raw::Json(value) => value,
            Raw::Text(text) => return check_text(&text, &self.types, validator, place),
            Raw::List(list) => list.iter().map(|item| typed(item, &self.items)).collect(),
            Raw::Object(pairs) => {
                let value = |(name, text): (String, String)| {
                    let known = self.properties.iter().find(|(known, _)| *known == name);
                    (name, typed(&text, known.map(|(_, types)| types.as_slice()).unwrap_or_default()))
                };
                pairs.into_iter().map(value).collect::<Map<_, _>>().into()
            }
        };
        validator.map(|validator| violations(validator, &value, place)).unwrap_or_default()
    }

    fn is_array(&self) -> bool {
        self.types.iter().any(|t| t == "array")
    }

    fn is_object(&self) -> bool {
        !self.is_array()
            && (self.types.iter().any(|t| t == "object") || self.types.is_empty() && !self.properties.is_empty())
    }
}

/// A text as what its schema says it is; itself where it is nothing of that.
fn typed(text: &str, types: &[String]) -> Value {
    readings(text, types).into_iter().next().unwrap_or_else(|| text.into())
}

/// All that a text can be, by the types that are allowed.
fn readings(text: &str, types: &[String]) -> Vec<Value> {
    let mut out = Vec::new();
    for kind in types {
        let value = match kind.as_str() {
            "integer" => {
                text.parse::<i64>().ok().map(Value::from).or_else(|| text.parse::<u64>().ok().map(Value::from))
            }
            "number" => text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number),
            "boolean" => text.parse::<bool>().ok().map(Value::Bool),
            "null" => text.is_empty().then_some(Value::Null),
            _ => None,
        };
        out.extend(value);
    }
    if types.is_empty() || types.iter().any(|kind| kind == "string") {
        out.push(text.into());
    }
    out
}

fn check_text(text: &str, types: &[String], validator: Option<&Validator>, place: &str) -> Vec<Violation> {
    let readings = readings(text, types);
    if readings.is_empty() {
        return vec![Violation::new(place, format!("is not of type {}", types.join(" or ")))];
    }
    let Some(validator) = validator else { return Vec::new() };
    let mut told = Vec::new();
    for value in readings {
        told = violations(validator, &value, place);
        if told.is_empty() {
            break;
        }
    }
    told
}

/// Percent escapes decoded.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The pairs of a query: names decoded, values as they are, but for `+`, which is a space.
pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(&name.replace('+', " ")), value.replace('+', "%20"))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// The pairs of a query, decoded.
pub(crate) fn decoded(query: &[(String, String)]) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| (name.clone(), decode(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a parameter when a request brings `text` there.
    fn told(parameter: &str, text: &str) -> Vec<String> {
        let file = format!("openapi: 3.0.0\ncomponents:\n  parameters:\n    p: {parameter}\n");
        let document = Document::parse("x", "x.yaml", &file).expect("document");
        let parameter = Parameter::of("/components/parameters/p", &document.value["components"]["parameters"]["p"]);
        let parameter = parameter.expect("parameter");
        let mut sources = Sources::default();
        let pairs = query(text);
        match parameter.location {
            Location::Path => sources.path.push(("p", text)),
            Location::Query => sources.query = &pairs,
            Location::Header => sources.headers.push(("P", text.into())),
            Location::Cookie => sources.cookies.push(("p".into(), text.into())),
        }
        let mut used = vec![false; sources.query.len()];
        let mut told: Vec<String> = parameter
            .check(&document, &sources, &mut used)
            .into_iter()
            .map(|v| format!("{} {}", v.pointer, v.message))
            .collect();
        told.extend(used.iter().filter(|used| !**used).map(|_| "unused".to_owned()));
        told
    }

    #[test]
    fn each_style_is_read() {
        let list = "schema: {type: array, minItems: 2, maxItems: 2, items: {type: integer}}";
        let object = "schema: {type: object, required: [a, b], properties: {a: {type: integer}, b: {type: string}}}";
        for (parameter, text) in [
            (format!("{{name: p, in: query, {list}}}"), "p=1&p=2"),
            (format!("{{name: p, in: query, explode: false, {list}}}"), "p=1,2"),
            (format!("{{name: p, in: query, explode: false, {list}}}"), "p=1%2C2"),
            (
                "{name: p, in: query, explode: false, schema: {type: array, items: {enum: ['a,b', c]}}}".into(),
                "p=a%2Cb,c",
            ),
            (format!("{{name: p, in: query, style: spaceDelimited, explode: false, {list}}}"), "p=1%202"),
            (format!("{{name: p, in: query, style: pipeDelimited, explode: false, {list}}}"), "p=1%7C2"),
            (format!("{{name: p, in: query, {object}}}"), "a=1&b=x"),
            (format!("{{name: p, in: query, explode: false, {object}}}"), "p=a,1,b,x"),
            (format!("{{name: p, in: query, style: deepObject, {object}}}"), "p%5Ba%5D=1&p[b]=x"),
            (format!("{{name: p, in: query, content: {{application/json: {{{object}}}}}}}"), "p={\"a\":1,\"b\":\"x\"}"),
            (format!("{{name: p, in: path, {list}}}"), "1,2"),
            (format!("{{name: p, in: path, explode: true, {object}}}"), "a=1,b=x"),
            (format!("{{name: p, in: path, style: label, {list}}}"), ".1,2"),
            (format!("{{name: p, in: path, style: label, explode: true, {list}}}"), ".1.2"),
            (format!("{{name: p, in: path, style: matrix, {list}}}"), ";p=1,2"),
            (format!("{{name: p, in: path, style: matrix, explode: true, {list}}}"), ";p=1;p=2"),
            (format!("{{name: p, in: path, style: matrix, explode: true, {object}}}"), ";a=1;b=x"),
            (format!("{{name: p, in: header, {list}}}"), "1, 2"),
            (format!("{{name: p, in: cookie, explode: false, {list}}}"), "1,2"),
        ] {
            assert_eq!(told(&parameter, text), Vec::<String>::new(), "{parameter} {text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let list = "schema: {type: array, items: {type: integer}}";
        for (parameter, text, why) in [
            ("{name: p, in: query, required: true, schema: {type: string}}".to_owned(), "", "/query/p is required"),
            ("{name: p, in: query, schema: {type: integer}}".to_owned(), "p=x", "/query/p is not of type integer"),
            ("{name: p, in: query, schema: {type: integer, maximum: 5}}".to_owned(), "p=6", "/query/p "),
            ("{name: p, in: query, schema: {type: string}}".to_owned(), "p=1&p=2", "more than once"),
            ("{name: p, in: query, schema: {type: string, enum: [a]}}".to_owned(), "p=%61&q=1", "unused"),
            (format!("{{name: p, in: query, {list}}}"), "p[]=1", "is sent as `p[]`"),
            (format!("{{name: p, in: query, {list}}}"), "p=1&p=x", "/query/p/1 "),
            (format!("{{name: p, in: query, explode: false, {list}}}"), "p=1&p=2", "joined in one"),
            (format!("{{name: p, in: path, style: label, {list}}}"), "1,2", "begin with a dot"),
            (format!("{{name: p, in: path, style: matrix, {list}}}"), ";q=1", "laid out as `;p=...`"),
            (
                "{name: p, in: query, content: {application/json: {schema: {type: object}}}}".to_owned(),
                "p={",
                "no JSON",
            ),
        ] {
            let told = told(&parameter, text);
            assert!(told.iter().any(|t| t.contains(why)), "{parameter} {text}: {told:?}");
        }
    }

    #[test]
    fn a_text_is_what_its_schema_says() {
        let either = "{name: p, in: query, schema: {oneOf: [{type: integer}, {type: string}]}}";
        assert!(told(either, "p=5").is_empty() && told(either, "p=x").is_empty());
        assert!(told("{name: p, in: query, schema: {type: string}}", "p=5").is_empty());
        assert!(told("{name: p, in: query, schema: {type: boolean}}", "p=true").is_empty());
        // A text is a text, whatever else it looks like.
        for schema in ["{type: string}", "{type: string, nullable: true}", "{}", "{enum: ['null', 'true', '1']}"] {
            for text in ["null", "true", "1"] {
                for (place, sent) in [("query", format!("p={text}")), ("path", text.into()), ("header", text.into())] {
                    let parameter = format!("{{name: p, in: {place}, schema: {schema}}}");
                    assert_eq!(told(&parameter, &sent), Vec::<String>::new(), "{parameter} {text}");
                }
            }
        }
        assert!(told("{name: p, in: query, schema: {type: string, enum: ['a b+c']}}", "p=a+b%2Bc").is_empty());
    }
}
