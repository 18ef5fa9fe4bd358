//! Takes the document apart into operations and named schemas, and mends the blemishes of its frame.
//!
//! For: progenitor ignores `servers`, security and path-level documents' finer points, keys parameters by name alone,
//! and stops at a missing operationId, an undeclared path parameter, or a response without a description.

use super::amounts::AmountWords;
use super::references::resolve;
use super::security;
use crate::catalog::PagingNames;
use crate::document::{at, escape};
use crate::gate::text::code;
use crate::gate::{Hosts, Text, marks};
use crate::model::*;
use crate::problem::Problem;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub const PASS: &str = "collect";

/// Which paths describe calls that Dintero makes, and what holds where a document is silent.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// Paths below these are what the other side sends: events and callbacks.
    pub event_paths: Vec<String>,
    /// Words of paths and names of calls that move money.
    pub money_words: Vec<String>,
    /// Where calls and credentials may go.
    pub hosts: Hosts,
    /// How lists go on.
    pub paging: PagingNames,
    /// Words of field names whose values `Debug` never shows.
    pub sensitive: Vec<String>,
    /// Path parameters that name the caller's own account.
    pub account_parameters: Vec<String>,
    /// Words of numbers that hold money.
    pub amounts: AmountWords,
}

/// What the service sends by itself, as OpenAPI 3.1 says it with `webhooks`.
pub const WEBHOOKS: &str = "x-webhooks";

/// How a list is joined where OpenAPI 3.0 has no style for it, in the words of Swagger 2.0.
pub const COLLECTION_FORMAT: &str = "x-collectionFormat";

const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];

pub fn run(file: &str, name: &str, doc: &Value, house: &House, changes: Vec<Change>) -> Result<Service, Problem> {
    let info = &doc["info"];
    let mut service = Service {
        file: file.into(),
        name: name.into(),
        title: text(info, "title"),
        description: text(info, "description"),
        changes,
        ..Service::default()
    };
    if let Some(schemas) = doc["components"]["schemas"].as_object() {
        service.schemas = schemas.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    }
    let mut ids = BTreeSet::new();
    let webhooks = doc.get(WEBHOOKS).filter(|w| !w.is_null());
    match doc.get("paths").filter(|p| !p.is_null()) {
        Some(paths) => path_items(&mut service, doc, house, paths, "/paths", &mut ids)?,
        None if webhooks.is_some() => {}
        None => service.warn(PASS, "/paths", "the document has no `paths`; the crate has no operations"),
    }
    if let Some(webhooks) = webhooks {
        path_items(&mut service, doc, house, webhooks, &at("", WEBHOOKS), &mut ids)?;
    }
    Ok(service)
}

/// The operations of `paths`, or of webhooks, which have names in place of paths.
fn path_items(
    service: &mut Service,
    doc: &Value,
    house: &House,
    items: &Value,
    pointer: &str,
    ids: &mut BTreeSet<String>,
) -> Result<(), Problem> {
    let what = pointer.trim_start_matches('/');
    let no_mapping = |pointer: String, what: String| {
        Problem::new(
            service.file.clone(),
            pointer,
            format!("{what} is no mapping"),
            "correct the document by an overlay",
        )
    };
    let Some(items) = items.as_object() else { return Err(no_mapping(pointer.into(), format!("`{what}`"))) };
    let bad = items.iter().find(|(name, item)| !name.starts_with("x-") && !resolve(doc, item).is_object());
    if let Some((name, _)) = bad {
        return Err(no_mapping(at(pointer, name), "the path item".into()));
    }
    for (name, item) in items.iter().filter(|(name, _)| !name.starts_with("x-")) {
        let path = if what == WEBHOOKS { format!("/webhooks/{name}") } else { name.clone() };
        let item_pointer = at(pointer, name);
        let item = resolve(doc, item);
        let path = match what == WEBHOOKS {
            true => path,
            false => sound_path(service, &path, &item_pointer)?,
        };
        for (method, op) in item.as_object().into_iter().flatten() {
            let pointer = at(&item_pointer, method);
            if matches!(method.as_str(), "options" | "trace") {
                service.warn(
                    PASS,
                    &pointer,
                    format!("{} is no call of an API client; left out", method.to_uppercase()),
                );
                continue;
            }
            if !METHODS.contains(&method.as_str()) || !op.is_object() {
                continue;
            }
            let mut operation = operation(service, doc, house, item, op, &path, method, &pointer, ids)?;
            if what == WEBHOOKS {
                operation.kind = Kind::Event;
            }
            service.operations.push(operation);
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn operation(
    service: &mut Service,
    doc: &Value,
    house: &House,
    item: &Value,
    op: &Value,
    path: &str,
    method: &str,
    pointer: &str,
    ids: &mut BTreeSet<String>,
) -> Result<Operation, Problem> {
    let kind = match house.event_paths.iter().any(|p| path.starts_with(p.as_str())) {
        true => Kind::Event,
        false => Kind::Call,
    };
    if op.get("callbacks").is_some() {
        let what = "what the service calls at the caller is no call of this client; left out";
        service.note(PASS, at(pointer, "callbacks"), what);
    }
    let auth = security::run(service, doc, op, pointer);
    let mut parameters = parameters(service, doc, item, op, path, pointer, &auth);
    if kind == Kind::Call {
        security::keys(service, doc, op, pointer, &mut parameters);
    }
    Ok(Operation {
        pointer: pointer.into(),
        kind,
        method: method.into(),
        path: path.into(),
        event_path: event_path(house, path),
        id: operation_id(service, op, path, method, pointer, ids),
        name: String::new(),
        summary: text(op, "summary"),
        description: text(op, "description"),
        server: server(service, doc, item, op, false),
        test_server: server(service, doc, item, op, true),
        auth,
        takes_key: takes_key(doc, item, op),
        scopes: scopes(doc, op),
        deprecated: op["deprecated"] == true || item["deprecated"] == true,
        evidence: op["x-evidence"].as_str().unwrap_or("published").into(),
        parameters,
        body: body(service, doc, op, pointer)?,
        answers: answers(service, doc, op, pointer)?,
        marks: Marks {
            idempotent: op[marks::IDEMPOTENT].as_bool(),
            moves_money: op[marks::MOVES_MONEY].as_bool(),
            paging: op[marks::PAGING].as_bool(),
            events: strings(&op[marks::EVENTS]),
        },
        idempotent: false,
        moves_money: false,
        money_why: String::new(),
        paging: None,
        success: Success::Empty,
    })
}

/// What is below the prefix that tells an event.
fn event_path(house: &House, path: &str) -> Text {
    let below = house.event_paths.iter().find_map(|prefix| path.strip_prefix(prefix.as_str()));
    below.unwrap_or(path).into()
}

fn text(value: &Value, key: &str) -> Text {
    match value.get(key) {
        Some(Value::String(s)) => s.trim().into(),
        Some(Value::Number(n)) => n.to_string().into(),
        _ => Text::default(),
    }
}

fn strings(value: &Value) -> Vec<Text> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|v| v.as_str().map(Text::from)).collect()
}

/// The published id, or one made from method and path when it is missing or already taken.
fn operation_id(
    service: &mut Service,
    op: &Value,
    path: &str,
    method: &str,
    pointer: &str,
    ids: &mut BTreeSet<String>,
) -> Text {
    let published = text(op, "operationId");
    if !published.is_empty() && ids.insert(published.to_string()) {
        return published;
    }
    let words: Vec<&str> = path.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut id = format!("{}_{method}", words.join("_"));
    // As many paths as a document may have can differ in punctuation alone.
    let base = id.clone();
    for n in 2.. {
        if ids.insert(id.clone()) {
            break;
        }
        id = format!("{base}_{n}");
    }
    let why = if published.is_empty() {
        "has no operationId".into()
    } else {
        format!("repeats the operationId {}", published.code())
    };
    service.warn(PASS, pointer, format!("{why}; `{id}` was made from method and path"));
    id.into()
}

/// What a document without a host leaves to its reader.
pub const NO_HOST: &str = "the client needs a base url of its own, by `--base-url` here or `base_url` of its transport";

/// A warning that holds for the whole document is told once.
fn once(service: &mut Service, pointer: &str, what: String) {
    if !service.changes.iter().any(|c| c.pointer == pointer && c.what == what) {
        service.warn(PASS, pointer, what);
    }
}

/// The server belongs to the operation: its own, else the path's, else the document's.
/// With `test`, that of test accounts if it is another.
fn server(service: &mut Service, doc: &Value, item: &Value, op: &Value, test: bool) -> Text {
    let lists = [&op["servers"], &item["servers"], &doc["servers"]];
    let Some(list) = lists.into_iter().find_map(|s| s.as_array().filter(|l| !l.is_empty())) else {
        if test {
            return Text::default();
        }
        once(service, "/servers", format!("no `servers` anywhere; {NO_HOST}"));
        return Text::default();
    };
    let for_tests = |s: &Value| {
        s["x-environment"] == "test" || text(s, "url").split('/').nth(2).is_some_and(|host| host.contains("-test."))
    };
    let live = list.iter().find(|s| !for_tests(s));
    let chosen = match test {
        // Only where it stands beside another: a document with nothing else has one server.
        true => live.and_then(|_| list.iter().find(|s| for_tests(s))),
        false => live.or(list.first()),
    };
    let Some(server) = chosen else { return Text::default() };
    let mut url = text(server, "url").to_string();
    if let Some(variables) = server["variables"].as_object() {
        for (name, variable) in variables {
            url = url.replace(&["{", name.as_str(), "}"].concat(), &text(variable, "default"));
        }
    }
    if let Some(rest) = url.strip_prefix("//") {
        url = format!("https://{rest}");
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        once(service, "/servers", format!("the server {} is no absolute address; {NO_HOST}", code(&url)));
    } else if url.contains(['{', '}']) {
        let told = format!("the server {} has a variable without a default; {NO_HOST}", code(&url));
        once(service, "/servers", told);
    }
    url.trim_end_matches('/').into()
}

/// Scopes of the security requirement, of `x-scopes`, or of a list in the description.
pub fn scopes(doc: &Value, op: &Value) -> Vec<Text> {
    let mut out = strings(&op["x-scopes"]);
    let list = op.get("security").or(doc.get("security")).and_then(Value::as_array);
    for requirement in list.into_iter().flatten() {
        out.extend(requirement.as_object().into_iter().flat_map(|m| m.values()).flat_map(strings));
    }
    let mut listed = false;
    for line in op["description"].as_str().unwrap_or_default().lines().map(str::trim) {
        match line.strip_prefix("- ").map(|s| s.trim_matches('`')) {
            Some(scope) if listed && scope.contains(':') && !scope.contains(' ') => out.push(scope.into()),
            _ if line.eq_ignore_ascii_case("scopes:") => listed = true,
            _ if !line.is_empty() => listed = false,
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    out.retain(|s| seen.insert(s.clone()));
    out
}

fn parameters(
    service: &mut Service,
    doc: &Value,
    item: &Value,
    op: &Value,
    path: &str,
    pointer: &str,
    auth: &[Auth],
) -> Vec<Parameter> {
    let mut out: Vec<Parameter> = Vec::new();
    let item_pointer = pointer.rsplit_once('/').map_or(pointer, |(p, _)| p);
    let sources = [(item_pointer, &item["parameters"]), (pointer, &op["parameters"])];
    for (base, list) in sources {
        for (i, raw) in list.as_array().into_iter().flatten().enumerate() {
            let place = at(&at(base, "parameters"), i.to_string());
            if let Some(p) = parameter(service, resolve(doc, raw), place, auth) {
                // The operation's own declaration replaces that of the path.
                out.retain(|old| !(old.name == p.name && old.location == p.location));
                out.push(p);
            }
        }
    }
    let declared: Vec<String> = template(path);
    out.retain(|p| {
        let stays = p.location != In::Path || declared.iter().any(|name| p.name == name.as_str());
        if !stays {
            service.warn(
                PASS,
                &p.pointer,
                format!("the path has no `{{{}}}`; the parameter is left out", p.name.line()),
            );
        }
        stays
    });
    for name in declared {
        if !out.iter().any(|p| p.location == In::Path && p.name == name.as_str()) {
            service.warn(PASS, pointer, format!("the path parameter `{name}` is not declared; taken as a string"));
            out.push(Parameter {
                pointer: pointer.into(),
                name: name.into(),
                location: In::Path,
                required: true,
                description: Text::default(),
                schema: json!({"type": "string"}),
                style: Style::Joined(','),
                styled: false,
                deprecated: false,
            });
        }
    }
    out
}

fn parameter(service: &mut Service, raw: &Value, pointer: String, auth: &[Auth]) -> Option<Parameter> {
    let name = text(raw, "name");
    let location = match raw["in"].as_str()? {
        "path" => In::Path,
        "query" => In::Query,
        "header" => In::Header,
        "cookie" => In::Cookie,
        other => {
            service.warn(PASS, &pointer, format!("a parameter in `{other}` is not supported; left out"));
            return None;
        }
    };
    if location == In::Header {
        let lower = name.to_lowercase();
        let credential = lower == "authorization" && auth.iter().any(|a| *a != Auth::None);
        if credential || matches!(lower.as_str(), "accept" | "content-type") {
            service.note(PASS, &pointer, format!("the runtime sets the header {}", name.code()));
            return None;
        }
        if auth.iter().any(|a| matches!(a, Auth::ApiKey(h) if h.eq_ignore_ascii_case(&name))) {
            service.note(PASS, &pointer, format!("the header {} is the api key; the runtime sets it", name.code()));
            return None;
        }
        if lower == "idempotency-key" {
            service.note(PASS, &pointer, "the key is given by the call option `idempotency_key`");
            return None;
        }
        if !is_token(&name) {
            service.warn(PASS, &pointer, format!("{} cannot be the name of a header; left out", name.code()));
            return None;
        }
    }
    if location == In::Cookie && !is_token(&name) {
        service.warn(PASS, &pointer, format!("{} cannot be the name of a cookie; left out", name.code()));
        return None;
    }
    let mut description = text(raw, "description");
    let mut schema = raw.get("schema").cloned().unwrap_or_else(|| json!({"type": "string"}));
    let mut style = style(service, raw, location, &pointer);
    if let Some((media, entry)) = raw["content"].as_object().map(preferred) {
        if is_json(media) {
            schema = entry.get("schema").cloned().unwrap_or_else(|| json!({}));
            style = Style::Json;
        } else {
            description = format!("{}\n\nTo be given as text in {}.", description.as_str(), code(media)).trim().into();
            schema = json!({"type": "string"});
        }
    }
    if let (Some(example), Some(map)) = (raw.get("example"), schema.as_object_mut())
        && !map.contains_key("$ref")
    {
        map.entry("example").or_insert_with(|| example.clone());
    }
    Some(Parameter {
        required: location == In::Path || raw["required"] == true,
        pointer,
        name,
        location,
        description,
        schema,
        style,
        styled: false,
        deprecated: raw["deprecated"] == true,
    })
}

/// What can be the name of a header or a cookie.
pub fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// The style as declared, or the usual one of the place.
fn style(service: &mut Service, raw: &Value, location: In, pointer: &str) -> Style {
    let usual = if matches!(location, In::Query | In::Cookie) { "form" } else { "simple" };
    let declared = raw["style"].as_str().unwrap_or(usual);
    let explode = raw["explode"].as_bool();
    let join = |separator: char, by_default: bool| match explode.unwrap_or(by_default) {
        true => Style::Form,
        false => Style::Joined(separator),
    };
    match (location, declared) {
        _ if raw[COLLECTION_FORMAT] == "ssv" => Style::Joined(' '),
        _ if raw[COLLECTION_FORMAT] == "tsv" => Style::Joined('\t'),
        _ if raw[COLLECTION_FORMAT] == "pipes" => Style::Joined('|'),
        (In::Query, "form") => join(',', true),
        (In::Query, "spaceDelimited") => join(' ', false),
        (In::Query, "pipeDelimited") => join('|', false),
        (In::Query, "deepObject") => Style::Deep,
        // One cookie holds one text.
        (In::Cookie, "form") => Style::Joined(','),
        (In::Path, "label") => Style::Label { explode: explode == Some(true) },
        (In::Path, "matrix") => Style::Matrix { explode: explode == Some(true) },
        (In::Path | In::Header, "simple") if explode == Some(true) => Style::Simple,
        (In::Path | In::Header, "simple") => Style::Joined(','),
        _ => {
            service.warn(PASS, pointer, format!("the style `{declared}` does not exist here; `{usual}` is used"));
            if location == In::Query { Style::Form } else { Style::Joined(',') }
        }
    }
}

/// Whether the service itself recognises a repeated call by a key.
fn takes_key(doc: &Value, item: &Value, op: &Value) -> bool {
    let lists = [&item["parameters"], &op["parameters"]];
    let mut all = lists.into_iter().filter_map(Value::as_array).flatten().map(|p| resolve(doc, p));
    all.any(|p| p["in"] == "header" && p["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case("idempotency-key")))
}

/// A path begins with a slash, and its braces pair.
fn sound_path(service: &mut Service, path: &str, pointer: &str) -> Result<String, Problem> {
    let mut open = false;
    for c in path.chars() {
        let fine = match c {
            '{' => !std::mem::replace(&mut open, true),
            '}' => std::mem::replace(&mut open, false),
            '/' => !open,
            _ => true,
        };
        if !fine {
            open = true;
            break;
        }
    }
    if open || path.contains("{}") {
        return Err(Problem::new(
            service.file.clone(),
            pointer,
            format!("the braces of the path `{path}` do not pair, so its parameters cannot be told"),
            "correct the path by an overlay in specs/overlays",
        ));
    }
    if path.split_once('#').is_some_and(|(_, fragment)| fragment.contains('{')) {
        return Err(Problem::new(
            service.file.clone(),
            pointer,
            "the path has a parameter behind `#`, where nothing is ever sent",
            "correct the path by an overlay in specs/overlays",
        ));
    }
    if path.contains('#') {
        service.note(
            PASS,
            pointer,
            "what follows `#` in a path is never sent; the rest of the call tells it from others",
        );
    }
    if path.starts_with('/') {
        return Ok(path.to_string());
    }
    service.warn(PASS, pointer, format!("the path `{path}` does not begin with a slash; one is put before it"));
    Ok(format!("/{path}"))
}

/// Names between braces, in order.
pub fn template(path: &str) -> Vec<String> {
    let mut names: Vec<String> =
        path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_string())).collect();
    let mut seen = BTreeSet::new();
    names.retain(|n| seen.insert(n.clone()));
    names
}

fn body(service: &mut Service, doc: &Value, op: &Value, pointer: &str) -> Result<Option<Body>, Problem> {
    let Some(raw) = op.get("requestBody").filter(|b| !b.is_null()) else { return Ok(None) };
    let component = component(raw, "requestBodies");
    let raw = resolve(doc, raw);
    let pointer = at(pointer, "requestBody");
    let Some(content) = raw["content"].as_object().filter(|c| !c.is_empty()) else {
        service.warn(PASS, pointer, "the request body has no content; left out");
        return Ok(None);
    };
    let (media, entry) = preferred(content);
    if content.len() > 1 {
        let others: Vec<&str> = content.keys().map(String::as_str).filter(|m| *m != media).collect();
        service.warn(PASS, &pointer, format!("several media types; `{media}` is used, not {}", others.join(", ")));
    }
    let styles = encoding(service, entry, media, &at(&at(&pointer, "content"), media));
    Ok(Some(Body {
        styles,
        pointer: at(&at(&at(&pointer, "content"), media), "schema"),
        component,
        required: raw["required"] == true,
        media_type: media.into(),
        description: text(raw, "description"),
        schema: entry.get("schema").cloned().unwrap_or_else(|| json!({})),
    }))
}

/// Fields of a form with a style of their own; what else an encoding says is told.
fn encoding(service: &mut Service, entry: &Value, media: &str, pointer: &str) -> Vec<(Text, Style)> {
    let mut out: Vec<(Text, Style)> = Vec::new();
    let multipart = media.starts_with("multipart/");
    for (field, encoding) in entry["encoding"].as_object().into_iter().flatten() {
        let here = at(&at(pointer, "encoding"), field);
        if let Some(media_type) = encoding["contentType"].as_str() {
            match is_json(media_type) {
                true => out.push((field.as_str().into(), Style::Json)),
                false => service.warn(PASS, &here, format!("`{field}` is to be given as `{media_type}` by the caller")),
            }
        }
        if encoding["headers"].as_object().is_some_and(|h| !h.is_empty()) {
            service.warn(PASS, &here, format!("headers of the part `{field}` are not sent"));
        }
        if encoding.get("style").is_some() || encoding.get("explode").is_some() {
            let style = style(service, encoding, In::Query, &here);
            if multipart && matches!(style, Style::Joined(_)) {
                service.warn(PASS, &here, format!("the list `{field}` is not joined: each item is a part of its own"));
            }
            out.push((field.as_str().into(), style));
        }
    }
    if multipart { Vec::new() } else { out }
}

/// The name of the shared part that is referred to.
fn component(raw: &Value, kind: &str) -> Option<Text> {
    let target = raw["$ref"].as_str()?;
    target.strip_prefix(&format!("#/components/{kind}/")).map(Text::from)
}

/// JSON where it is offered, plain before the forms `+json`, else the first media type.
pub fn preferred(content: &serde_json::Map<String, Value>) -> (&str, &Value) {
    let plain = content.iter().find(|(m, _)| is_json(m) && !m.contains('+'));
    let json = plain.or_else(|| content.iter().find(|(m, _)| is_json(m)));
    match json.or_else(|| content.iter().next()) {
        Some((media, entry)) => (media, entry),
        None => ("", &Value::Null),
    }
}

/// `application/json`, with parameters, and the vendor forms `+json`.
pub fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim().to_lowercase();
    essence == "application/json" || essence.ends_with("+json") || essence == "text/json"
}

fn answers(service: &mut Service, doc: &Value, op: &Value, pointer: &str) -> Result<Vec<Answer>, Problem> {
    let pointer = at(pointer, "responses");
    let Some(map) = op["responses"].as_object() else {
        service.warn(PASS, pointer, "no responses are described; any 2xx is taken as success without a body");
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for (status, raw) in map {
        let here = at(&pointer, status);
        let normal = status.to_uppercase();
        let known = normal == "DEFAULT"
            || normal.len() == 3
                && normal.starts_with(|c: char| ('1'..='5').contains(&c))
                && (normal.ends_with("XX") || normal.parse::<u16>().is_ok());
        if !known {
            if !status.starts_with("x-") {
                service.warn(PASS, here, format!("`{status}` is no status code; left out"));
            }
            continue;
        }
        let component = component(raw, "responses");
        let raw = resolve(doc, raw);
        let mut answer = Answer {
            component,
            pointer: here.clone(),
            status: if normal == "DEFAULT" { "default".into() } else { normal.into() },
            media_type: Text::default(),
            schema: None,
        };
        if let Some(content) = raw["content"].as_object().filter(|c| !c.is_empty()) {
            let (media, entry) = preferred(content);
            if content.len() > 1 && answer.is_success() {
                let others: Vec<&str> = content.keys().map(String::as_str).filter(|m| *m != media).collect();
                service.warn(PASS, &here, format!("several media types; `{media}` is read, not {}", others.join(", ")));
            }
            answer.media_type = media.into();
            answer.pointer = format!("{here}/content/{}/schema", escape(media));
            answer.schema = Some(entry.get("schema").cloned().unwrap_or_else(|| json!({})));
        }
        out.push(answer);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower::test_support::lowered;

    /// A document with one operation; `change` puts in what is to be tried.
    fn with(change: impl FnOnce(&mut Value)) -> Service {
        let mut doc = json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com/v1/"}],
            "security": [{"jwt": []}],
            "paths": {"/things/{id}": {"get": {"operationId": "things_get", "responses": {"200": {"description": ""}}}}},
            "components": {"securitySchemes": {
                "jwt": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
        });
        change(&mut doc);
        lowered(doc)
    }

    fn get(doc: &mut Value) -> &mut Value {
        &mut doc["paths"]["/things/{id}"]["get"]
    }

    fn warned(service: &Service, text: &str) -> bool {
        service.changes.iter().any(|c| c.warning && c.what.contains(text))
    }

    #[test]
    fn the_nearest_server_counts_and_joins_without_a_double_slash() {
        let url = |change: fn(&mut Value)| with(change).operations[0].server.clone();
        assert_eq!(url(|_| {}), "https://api.example.com/v1");
        assert_eq!(
            url(|d| d["paths"]["/things/{id}"]["servers"] = json!([{"url": "https://path.example.com"}])),
            "https://path.example.com"
        );
        assert_eq!(url(|d| get(d)["servers"] = json!([{"url": "https://op.example.com/"}])), "https://op.example.com");
        let variable = json!([{"url": "https://{region}.example.com", "variables": {"region": {"default": "no"}}}]);
        let service = with(|d| d["servers"] = variable);
        assert_eq!(service.operations[0].server, "https://no.example.com");
        assert!(warned(&with(|d| d["servers"] = json!([{"url": "/v1"}])), "no absolute address"));
        assert!(warned(&with(|d| d["servers"] = json!([])), "no `servers`"));
    }

    #[test]
    fn test_accounts_have_a_server_of_their_own_where_one_is_published_beside_the_other() {
        let both = json!([{"url": "https://pay-test.example.com"}, {"url": "https://pay.example.com"}]);
        let op = with(|d| d["servers"] = both).operations.remove(0);
        assert_eq!(
            (op.server.as_str(), op.test_server.as_str()),
            ("https://pay.example.com", "https://pay-test.example.com")
        );
        let op = with(|d| d["servers"] = json!([{"url": "https://pay-test.example.com"}])).operations.remove(0);
        assert_eq!((op.server.as_str(), op.test_server.as_str()), ("https://pay-test.example.com", ""));
    }

    #[test]
    fn parameters_that_cannot_be_are_told_and_left_out() {
        let service = with(|d| {
            get(d)["parameters"] = json!([
                {"name": "bad name", "in": "header", "schema": {"type": "string"}},
                {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                {"name": "bad name", "in": "cookie", "schema": {"type": "string"}},
                {"name": "elsewhere", "in": "body", "schema": {"type": "string"}},
                {"name": "styled", "in": "query", "style": "matrix", "schema": {"type": "string"}},
                {"name": "ghost", "in": "path", "schema": {"type": "string"}},
                {"name": "plain", "in": "query"},
                {"name": "packed", "in": "query", "content": {"text/csv": {"schema": {"type": "object"}}}},
            ]);
        });
        let names: Vec<&str> = service.operations[0].parameters.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["styled", "plain", "packed", "id"]);
        assert!(service.operations[0].parameters.iter().all(|p| p.schema["type"] == "string"));
        for text in [
            "cannot be the name of a header",
            "cannot be the name of a cookie",
            "`body` is not supported",
            "the style `matrix` does not exist here",
            "no `{ghost}`",
            "`id` is not declared",
        ] {
            assert!(warned(&service, text), "{text}");
        }
    }

    #[test]
    fn a_path_is_sound_or_refused() {
        let path = |path: &str| {
            let doc = json!({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://e.com"}],
                "paths": {path: {"get": {"responses": {"200": {"description": ""}}}}}});
            let house = House::default();
            run("spec.yaml", "t", &doc, &house, Vec::new()).map(|s| s.operations[0].path.clone())
        };
        assert_eq!(path("things").expect("mended"), "/things");
        assert_eq!(path("/a/{b}{c}#d").expect("fine"), "/a/{b}{c}#d");
        for broken in ["/{a", "/a}", "/{a{b}}", "/{a/b}", "/{}"] {
            let problem = path(broken).expect_err("refused");
            assert!(problem.reason.contains("do not pair") && problem.pointer.starts_with("/paths/"), "{problem}");
        }
    }

    #[test]
    fn scopes_come_from_all_three_places() {
        let op = with(|d| {
            get(d)["x-scopes"] = json!(["a:x"]);
            get(d)["security"] = json!([{"jwt": ["b:x"]}]);
            get(d)["description"] = json!("What it does.\n\nscopes:\n- c:x\n- a:x\n\nMore:\n- d:x");
        });
        assert_eq!(op.operations[0].scopes, ["a:x", "b:x", "c:x"]);
    }
}
