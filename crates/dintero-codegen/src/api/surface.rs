//! What a program can see of a crate, item by item: that is what stops compiling when it changes, and what sends something
//! else without a word when it stays.
//!
//! For: the level of a change is what it does to callers. Two surfaces tell it, whatever the documents look like.

use super::call::{self, Setter, accept};
use super::{Api, Presence};
use crate::lower::collect::{is_json, template};
use crate::lower::rust_type::rust_type;
use crate::lower::schema::referred;
use crate::model::{Body, In, Operation, OperationKind, Paging, SecurityScheme, Service, Success};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Items by their path in the crate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface {
    items: BTreeMap<String, Item>,
    /// The names of each type that has several.
    twins: Vec<BTreeSet<String>>,
    /// Fields whose value `Debug` does not show.
    hidden: BTreeSet<String>,
    /// The struct that a constructor takes belongs to the type that it makes.
    given: BTreeMap<String, String>,
    /// The credentials that each call takes, any of them. No compiler sees them, and the drift of them has its own rules;
    /// a program that is run does.
    logins: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Item {
    /// As the compiler sees it.
    pub(super) signature: String,
    /// What it means on the wire, which the compiler does not see.
    wire: String,
    /// The operation that it belongs to, as `METHOD /path`.
    pub(super) operation: String,
}

/// How one surface differs from another, in the order of the items.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    pub gone: Vec<Named>,
    pub changed: Vec<Named>,
    pub added: Vec<Named>,
    /// Fields that stay, and whose value `Debug` shows now. The code is the same; what is logged is not.
    pub shown: Vec<Named>,
}

/// An item, as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub path: String,
    pub signature: String,
    /// What it means on the wire.
    pub wire: String,
    /// What it is now, signature and wire, where it is still there.
    pub now: Option<(String, String)>,
    /// The operations that it belonged to and belongs to, if to any.
    pub operations: Vec<String>,
}

impl Difference {
    pub fn breaks(&self) -> bool {
        !self.gone.is_empty() || !self.changed.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        !self.breaks() && self.added.is_empty() && self.shown.is_empty()
    }
}

impl Surface {
    pub fn of(service: &Service, api: &Api) -> Self {
        let mut surface = Self::default();
        surface.objects(api);
        surface.wrappers(api);
        surface.choices(service);
        for call in &api.calls {
            surface.call(service, call);
        }
        for op in &service.operations {
            surface.put(format!("operations::{}", op.constant()), "Operation", "");
            let logins = op.auth.iter().map(SecurityScheme::label).collect();
            surface.logins.insert(format!("Client::{}()", op.name), logins);
            surface.event(service, op);
        }
        surface.aliases(service);
        surface
    }

    /// The credentials that a call takes, by the path of its method.
    pub(super) fn login(&self, path: &str) -> Option<&BTreeSet<String>> {
        self.logins.get(path)
    }

    pub(super) fn items(&self) -> impl Iterator<Item = (&String, &Item)> {
        self.items.iter()
    }

    /// Two names of one type are one: which of them is the struct, and which the alias, no program sees.
    fn aliases(&mut self, service: &Service) {
        let mut groups: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
        for (name, target) in &service.aliases {
            groups.entry(target).or_insert_with(|| vec![target]).push(name);
        }
        self.twins = groups.values().map(|names| names.iter().map(|name| name.to_string()).collect()).collect();
        for (target, names) in &groups {
            let own = format!("types::{target}");
            let of: Vec<(String, Item)> = self
                .items
                .iter()
                .filter(|(path, _)| {
                    path.strip_prefix(&own).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
                })
                .map(|(path, item)| (path[own.len()..].to_string(), item.clone()))
                .collect();
            for name in names {
                self.items.extend(of.iter().map(|(rest, item)| (format!("types::{name}{rest}"), item.clone())));
                let is_hidden = |rest: &String| self.hidden.contains(&format!("{own}{rest}"));
                let hidden: Vec<String> = of
                    .iter()
                    .filter(|(rest, _)| is_hidden(rest))
                    .map(|(rest, _)| format!("types::{name}{rest}"))
                    .collect();
                self.hidden.extend(hidden);
            }
        }
    }

    /// One name for each group of names of one type: one that `known` has, so that both surfaces say it alike.
    fn one_name(&self, known: impl Fn(&str) -> bool) -> HashMap<String, String> {
        let mut same: HashMap<String, String> = HashMap::new();
        for names in &self.twins {
            let Some(first) = names.iter().find(|name| known(name.as_str())).or(names.first()) else { continue };
            same.extend(names.iter().map(|name| (name.clone(), first.clone())));
        }
        same
    }

    /// The type that a name belongs to: of the struct that a constructor takes, the type that is made of it.
    pub fn owner<'a>(&'a self, name: &'a str) -> &'a str {
        self.given.get(name).map_or(name, String::as_str)
    }

    /// The names of each type that has several.
    pub fn twins(&self) -> &[BTreeSet<String>] {
        &self.twins
    }

    /// From this to another.
    pub fn difference(&self, other: &Self) -> Difference {
        let mut out = Difference::default();
        let named = |path: &str, items: &[&Item]| Named {
            path: path.to_string(),
            signature: items.first().map(|item| item.signature.clone()).unwrap_or_default(),
            wire: items.first().map(|item| item.wire.clone()).unwrap_or_default(),
            now: items.get(1).map(|item| (item.signature.clone(), item.wire.clone())),
            operations: items.iter().map(|item| item.operation.clone()).filter(|op| !op.is_empty()).collect(),
        };
        let was = self.one_name(|_| true);
        let is = other.one_name(|name| self.items.contains_key(&format!("types::{name}")));
        let differs = |old: &Item, new: &Item| {
            old.wire != new.wire || with_names(&old.signature, &was) != with_names(&new.signature, &is)
        };
        for (path, item) in &self.items {
            match other.items.get(path) {
                None => out.gone.push(named(path, &[item])),
                Some(now) if differs(item, now) => {
                    out.changed.push(named(path, &[item, now]));
                }
                Some(_) => {}
            }
        }
        let added = other.items.iter().filter(|(path, _)| !self.items.contains_key(*path));
        out.added.extend(added.map(|(path, item)| named(path, &[item])));
        for path in self.hidden.difference(&other.hidden) {
            if let (Some(item), Some(now)) = (self.items.get(path), other.items.get(path)) {
                out.shown.push(named(path, &[item, now]));
            }
        }
        out
    }

    fn put(&mut self, path: String, signature: impl Into<String>, wire: impl Into<String>) {
        self.put_of("", path, signature, wire);
    }

    fn put_of(&mut self, operation: &str, path: String, signature: impl Into<String>, wire: impl Into<String>) {
        let item = Item { signature: signature.into(), wire: wire.into(), operation: operation.to_string() };
        self.items.insert(path, item);
    }

    /// What is sent to the merchant: dintero-events binds each event to its payload.
    fn event(&mut self, service: &Service, op: &Operation) {
        let Some(delivery) =
            service.deliveries.iter().find(|d| op.kind == OperationKind::Event && d.pointer == op.pointer)
        else {
            return;
        };
        let response = op.responses.iter().find(|a| a.is_success()).and_then(|a| a.schema.as_ref()).and_then(referred);
        let payload = op.body.as_ref().and_then(|body| referred(&body.schema));
        let signature = format!("{} -> {}", payload.unwrap_or_default(), response.unwrap_or_default());
        let wire = format!("{} {}", delivery.is_event, delivery.signed);
        self.put_of(&op.call(), format!("events::{}", op.name), signature, wire);
        // One more event that it is takes nothing away.
        for event in delivery.marked.iter().chain(&delivery.named) {
            self.put_of(&op.call(), format!("events::{} for {}", op.name, event.line()), "", "");
        }
    }

    fn objects(&mut self, api: &Api) {
        for object in &api.objects {
            let name = &object.name;
            self.put(format!("types::{name}"), "struct", "");
            let (mut required, mut kinds) = (Vec::new(), Vec::new());
            for field in &object.fields {
                let (ident, kind, wire) = (&field.ident, &field.kind, field.wire.to_string());
                let whole = match &field.presence {
                    Presence::Required | Presence::Rest => kind.clone(),
                    Presence::Optional => format!("Option<{kind}>"),
                    Presence::Nullable(_) => format!("Option<Option<{kind}>>"),
                };
                self.put(format!("types::{name}.{ident}"), whole, &wire);
                if field.hidden {
                    self.hidden.insert(format!("types::{name}.{ident}"));
                }
                match &field.presence {
                    Presence::Required => {
                        required.push(format!("{ident}: {kind} as {wire}"));
                        kinds.push(format!("{kind} as {wire}"));
                    }
                    _ if !object.sent => {}
                    Presence::Nullable(nuller) => {
                        self.put(format!("types::{name}::{nuller}()"), "fn", &wire);
                        self.put(format!("types::{name}::{ident}()"), kind, &wire);
                    }
                    Presence::Optional | Presence::Rest => self.put(format!("types::{name}::{ident}()"), kind, &wire),
                }
            }
            match &object.given {
                // Of each field that is given by name it is told that it is there.
                Some(given) => {
                    self.put(format!("types::{name}::new()"), given, "");
                    self.put(format!("types::{given}"), required.join(", "), "");
                    self.given.insert(given.clone(), name.clone());
                }
                None if object.sent => self.put(format!("types::{name}::new()"), kinds.join(", "), ""),
                None => {}
            }
            // Of a type that is only read it is the one way to build a value in a test.
            if required.is_empty() {
                self.put(format!("types::{name}: Default"), "impl", "");
            }
        }
    }

    fn wrappers(&mut self, api: &Api) {
        for (name, inner) in &api.wrappers {
            self.put(format!("types::{name}"), inner.clone(), "");
        }
    }

    fn choices(&mut self, service: &Service) {
        for (name, value) in &service.open_enums {
            self.put(format!("types::{name}"), if value.integer { "enum of integers" } else { "enum" }, "");
            for variant in &value.variants {
                self.put(format!("types::{name}::{}", variant.ident), "variant", variant.value.to_string());
            }
        }
        for (name, value) in &service.unions {
            let by = value.discriminator.as_ref().map(|d| d.to_string()).unwrap_or_default();
            self.put(format!("types::{name}"), "union", by);
            for member in &value.members {
                let kind = rust_type(&member.schema, "");
                let kind = if member.boxed { format!("Box<{kind}>") } else { kind };
                self.put(format!("types::{name}::{}", member.ident), kind, "");
                // One more value that stands for a variant takes nothing away.
                for tag in &member.tags {
                    self.put(format!("types::{name}::{} by {}", member.ident, tag.line()), "", "");
                }
            }
        }
        for (name, value) in &service.status_enums {
            let of = |op: &&Operation| {
                let all = [Some(&op.success), op.all_statuses.as_ref()];
                all.into_iter().flatten().any(|s| matches!(s, Success::ByStatus(own) if own == name))
            };
            let call = service.operations.iter().find(of).map(Operation::call).unwrap_or_default();
            self.put_of(&call, format!("types::{name}"), "by status", "");
            for (code, ident, schema) in &value.variants {
                let kind = schema.as_ref().map(|s| rust_type(s, "")).unwrap_or_default();
                self.put_of(&call, format!("types::{name}::{ident}"), kind, code.to_string());
            }
        }
    }

    fn call(&mut self, service: &Service, of: &call::Call) {
        let op = of.operation(service);
        let (name, call) = (op.type_name(), op.call());
        let (returns, _) = call::returns(op);
        let mut arguments: Vec<String> = of.positional(service).iter().map(|field| kind(field)).collect();
        let mut meant: Vec<String> = of.positional(service).iter().map(|field| wire(op, field)).collect();
        if let Some(given) = &of.given {
            arguments.push(given.clone());
            let mut named: Vec<String> =
                of.named(service).iter().map(|f| format!("{}: {}", f.ident, kind(f))).collect();
            // In a struct fields have no order.
            named.sort();
            self.put_of(&call, format!("builder::{given}"), named.join(", "), "");
            let mut wires: Vec<String> = of.named(service).iter().map(|field| wire(op, field)).collect();
            wires.sort();
            meant.extend(wires);
        }
        let signature = format!("({}) -> {returns}", arguments.join(", "));
        let meant = format!("{} {}", address(op), meant.join("; "));
        self.put_of(&call, format!("Client::{}()", op.name), signature, meant);
        // To ask for more takes nothing away.
        for asked in asked(op) {
            self.put_of(&call, format!("Client::{}() asks for {asked}", op.name), "", "");
        }
        if let Some(all) = &op.all_statuses {
            let (returns, _) = call::returned(all);
            self.put_of(&call, format!("builder::{name}::send_by_status()"), returns, "");
        }
        for field in of.optional() {
            self.put_of(&call, format!("builder::{name}::{}()", field.ident), kind(field), wire(op, field));
        }
        if let Some(item) = call::paged_item(service, op) {
            self.put_of(&call, format!("builder::{name}::pages()"), item, paging(op));
        }
    }
}

/// What a setter or an argument takes.
fn kind(field: &call::Field) -> String {
    match &field.setter {
        Setter::Into => format!("impl Into<{}>", field.kind),
        Setter::Plain => field.kind.clone(),
        Setter::Each(item) => format!("each {item}"),
    }
}

/// What it means on the wire.
fn wire(op: &Operation, field: &call::Field) -> String {
    let call::Part::Parameter(at) = field.part else { return op.body.as_ref().map(body).unwrap_or_default() };
    let p = &op.parameters[at];
    let written = p.styled || matches!(field.setter, Setter::Each(_));
    let style = if written { format!("{:?}", p.style) } else { String::new() };
    match p.location {
        // The name of a path parameter is not sent: its place is.
        In::Path => {
            let place = template(&op.path).iter().position(|n| p.name == n.as_str()).unwrap_or_default();
            format!("path {place} {style}")
        }
        In::Header => format!("header {} {style}", p.name.to_lowercase()),
        In::Query | In::Cookie => format!("{:?} {:?} {style}", p.location, p.name),
    }
}

/// How a body is written.
fn body(body: &Body) -> String {
    let mut styles: Vec<String> = body.styles.iter().map(|(field, style)| format!("{field:?} {style:?}")).collect();
    styles.sort();
    // It is sent as it is written, but for its parameters.
    let media = body.media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    format!("{media} {}", styles.join(" "))
}

/// The same with some names in the place of others.
pub fn with_names(text: &str, names: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        out.push_str(names.get(&word).map_or(word.as_str(), String::as_str));
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// What a call sends to where, but for its parameters and its server.
fn address(op: &Operation) -> String {
    let path = op.path.split('#').next().unwrap_or_default();
    let mut out = format!("{} ", op.method_upper());
    for (i, part) in path.split('{').enumerate() {
        match part.split_once('}') {
            Some((_, rest)) if i > 0 => out.push_str(&["{}", rest].concat()),
            _ => out.push_str(part),
        }
    }
    out
}

/// What may come as a stream is of any of these types; else it is what the call asks for.
fn asked(op: &Operation) -> BTreeSet<String> {
    match op.success {
        Success::Bytes => {
            let bodies = op.responses.iter().filter(|a| a.is_success() && a.schema.is_some());
            bodies.map(|a| media(&a.media_type)).collect()
        }
        _ => accept(op).split(", ").map(media).collect(),
    }
}

/// Every form of JSON is read alike.
fn media(text: &str) -> String {
    match is_json(text) {
        true => "application/json".into(),
        false => text.to_lowercase(),
    }
}

fn paging(op: &Operation) -> String {
    format!("{:?}", op.paging.as_ref().map(Paging::sorted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Policy;
    use crate::lower::test_support::lowered;
    use serde_json::{Value, json};

    fn surface(change: impl FnOnce(&mut Value)) -> Surface {
        let mut doc = json!({
            "openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
            "paths": {"/things/{id}": {"post": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                               {"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}}},
            "components": {"schemas": {"Thing": {"type": "object", "required": ["a"], "properties": {
                "a": {"type": "string"}, "b": {"type": "string", "enum": ["x", "y"]}}}}}
        });
        change(&mut doc);
        let service = lowered(doc);
        let api = Api::of(&service, &Policy::default()).expect("an api");
        Surface::of(&service, &api)
    }

    #[test]
    fn what_only_adds_is_an_addition_and_what_means_something_else_is_a_change() {
        let thing = "/components/schemas/Thing/properties";
        let from = surface(|_| {});
        let to = |change: &dyn Fn(&mut Value)| from.difference(&surface(|doc| change(doc)));
        assert!(to(&|_| {}).is_empty());
        let added = to(&|doc| doc.pointer_mut(thing).expect("there")["c"] = json!({"type": "string"}));
        let paths = |items: &[Named]| items.iter().map(|item| item.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&added.added), ["types::Thing.c", "types::Thing::c()"]);
        assert!(!added.breaks());
        let hides = surface(|doc| doc.pointer_mut(thing).expect("there")["a"]["x-sensitive"] = true.into());
        let shown = hides.difference(&from);
        assert_eq!((paths(&shown.shown), shown.breaks()), (vec!["types::Thing.a".to_string()], false));
        assert!(from.difference(&hides).is_empty(), "to hide more is no change of the code");
        let value = to(&|doc| doc.pointer_mut(thing).expect("there")["b"]["enum"] = json!(["x", "y", "z"]));
        assert_eq!((value.breaks(), value.added.len()), (false, 1));
        let wire = to(&|doc| {
            let parameter = &mut doc["paths"]["/things/{id}"]["post"]["parameters"][1];
            parameter["name"] = "Limit".into();
        });
        assert_eq!(paths(&wire.changed), ["builder::UpdateThing::limit()"], "the setter stays and sends another name");
        let gone = to(&|doc| doc["components"]["schemas"]["Thing"]["required"] = json!([]));
        assert!(paths(&gone.changed).contains(&"types::Thing::new()".to_string()), "{gone:?}");
    }
}
