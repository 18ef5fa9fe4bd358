//! What a value or a call must have is given in an order that stays, or by name.
//!
//! For: of two texts in a row nobody sees which is which, and a field that upstream renamed would be filled by old code that
//! still compiles. So two values that could be taken for each other are given by name, in a plain struct; so is what could be
//! taken for what the same place took before, in a path, a query, a header or the body. The names lock has what that was.

use super::collect::template;
use super::fields;
use super::parameters::{self, Lowered};
use super::schema::{Form, form, referred};
use crate::model::{In, Operation, OperationKind, Parameter, Required, Service};
use crate::names_lock::Names;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub fn run(service: &mut Service, names: &Names, account_parameters: &[String]) {
    let mut all = BTreeMap::new();
    for (name, schema) in service.schemas.iter().filter(|(name, _)| service.sent.contains(*name)) {
        if form(schema) != Form::Struct {
            continue;
        }
        let needs = |wire: &&str| schema["required"].as_array().is_some_and(|r| r.iter().any(|r| r == *wire));
        let idents = service.fields.get(name);
        let mut list: Vec<(String, String)> = Vec::new();
        for (wire, property) in schema["properties"].as_object().into_iter().flatten() {
            if needs(&wire.as_str()) {
                list.push((wire.clone(), class(service, property, 0)));
            }
        }
        list.sort_by_key(|(wire, _)| idents.and_then(|idents| idents.get(&fields::key(wire))).cloned());
        all.insert(name.clone(), settle(Vec::new(), list, &names.required(name)));
    }
    for op in service.operations.iter().filter(|op| op.kind == OperationKind::Call) {
        let mut list: Vec<(String, String)> = Vec::new();
        let lowered = parameters::lower(op);
        for place in [In::Query, In::Header, In::Cookie] {
            let mut of_place: Vec<_> =
                op.parameters.iter().zip(&lowered).filter(|(p, _)| p.location == place && p.required).collect();
            of_place.sort_by(|(_, a), (_, b)| a.ident.cmp(&b.ident));
            list.extend(of_place.into_iter().map(|(p, _)| (p.key(op), class(service, &p.schema, 0))));
        }
        let body = op.body.as_ref().filter(|body| body.required);
        list.extend(body.map(|body| ("body".to_string(), class(service, &body.schema, 0))));
        let mut path: Vec<(String, String)> = Vec::new();
        for name in template(&op.path) {
            let mut all = op.parameters.iter().zip(&lowered);
            let is_given = |(p, low): &(&Parameter, &Lowered)| {
                p.location == In::Path
                    && p.name == name.as_str()
                    && !parameters::is_own_account(p, low, account_parameters)
            };
            path.extend(all.find(is_given).map(|(p, _)| (p.key(op), class(service, &p.schema, 0))));
        }
        let mut before = names.required(&op.name);
        let known = before.first().is_some_and(|old| old.iter().any(|pair| *pair == path_by_name()));
        before.iter_mut().for_each(|old| old.retain(|pair| *pair != path_by_name()));
        if names.without_paths {
            before.iter_mut().for_each(|old| *old = path.iter().chain(old.iter()).cloned().collect());
        }
        let mut required = settle(path, list, &before);
        required.path_by_name |= known || changed_places(op, &names.parameters(&op.name));
        required.by_name |= required.path_by_name;
        all.insert(op.name.clone(), required);
    }
    let types: Vec<String> = all
        .iter()
        .filter(|(name, r)| r.by_name && service.schemas.contains_key(*name))
        .map(|(n, _)| n.clone())
        .collect();
    let locked = names.type_of_place();
    for name in types {
        let key = key(&name);
        let mut own = locked.get(&key).cloned().unwrap_or_else(|| format!("{name}Required"));
        while !locked.contains_key(&key) && (service.is_type(&own) || service.aliases.contains_key(&own)) {
            own.push_str("Fields");
        }
        service.places.entry(own.clone()).or_default().insert(key);
        if let Some(required) = all.get_mut(&name) {
            required.type_name = own;
        }
    }
    let mut taken: BTreeSet<String> = service.operations.iter().map(|op| op.type_name()).collect();
    taken.extend(names.given.values().cloned());
    for op in &service.operations {
        if let Some(required) = all.get_mut(&op.name).filter(|r| r.by_name) {
            let known = names.given.get(&op.name).cloned();
            required.type_name = known.clone().unwrap_or_else(|| format!("{}Required", op.type_name()));
            while known.is_none() && !taken.insert(required.type_name.clone()) {
                required.type_name.push_str("Values");
            }
        }
    }
    service.required = all;
}

/// Where the names lock has the struct of what a type must have.
pub fn key(name: &str) -> String {
    [name, " required"].concat()
}

/// How the names lock says that path parameters are given by name, too.
pub fn path_by_name() -> (String, String) {
    ("path".to_string(), "by name".to_string())
}

/// Whether a path parameter stands where another one stood: old code would give each the value of the other.
fn changed_places(op: &Operation, locked: &BTreeMap<String, String>) -> bool {
    let in_path = op.parameters.iter().filter(|p| p.location == In::Path);
    in_path.map(|p| (p.key(op), &p.ident)).any(|(place, ident)| {
        let elsewhere =
            locked.iter().any(|(other, name)| other.starts_with("path ") && *other != place && name == ident);
        elsewhere && locked.get(&place).is_some_and(|name| name != ident)
    })
}

/// In the order of old, and by name where one could be taken for another.
/// `path` is what a method is given before.
fn settle(path: Vec<(String, String)>, list: Vec<(String, String)>, before: &[Vec<(String, String)>]) -> Required {
    let place =
        |wire: &str| before.first().and_then(|old| old.iter().position(|(name, _)| name == wire)).unwrap_or(usize::MAX);
    let mut list = list;
    list.sort_by_key(|(wire, _)| place(wire));
    let classes = |list: &[(String, String)]| list.iter().map(|(_, class)| class.clone()).collect::<Vec<_>>();
    let names = |list: &[(String, String)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let twice = list.iter().enumerate().any(|(i, (_, a))| list[..i].iter().any(|(_, b)| alike(a, b)));
    let whole: Vec<(String, String)> = path.iter().chain(&list).cloned().collect();
    // Old code would still fit, and mean something else.
    let fits = |old: &Vec<(String, String)>| {
        let (now, then) = (classes(&whole), classes(old));
        names(old) != names(&whole) && now.len() == then.len() && now.iter().zip(&then).all(|(a, b)| alike(a, b))
    };
    let is_old = before.iter().any(fits);
    let by_name = !list.is_empty() && (twice || is_old);
    Required { by_name, path_by_name: list.is_empty() && is_old, type_name: String::new(), list, path }
}

/// Whether a value of one could be given for the other, alone or in a list.
fn alike(a: &str, b: &str) -> bool {
    match (a.strip_prefix(LIST), b.strip_prefix(LIST)) {
        (Some(a), Some(b)) => alike(a, b),
        _ => a == b || a == ANY || b == ANY,
    }
}

const LIST: &str = "list of ";
const ANY: &str = "any";
const DEEP: usize = 8;

/// What could be taken for each other at a call: a text for an enum, a whole number for a decimal.
fn class(service: &Service, schema: &Value, depth: usize) -> String {
    // A list may be of itself.
    if depth > DEEP {
        return ANY.into();
    }
    if let Some(name) = referred(schema) {
        return match service.schemas.get(&name) {
            _ if service.unions.contains_key(&name) => ANY.into(),
            _ if service.open_enums.contains_key(&name) => "text".into(),
            Some(target) if form(target) == Form::Struct => name,
            Some(target) => class(service, target, depth + 1),
            None => name,
        };
    }
    match form(schema) {
        Form::String | Form::Enum => "text".into(),
        Form::Integer | Form::Number => "number".into(),
        Form::Boolean => "flag".into(),
        Form::Array => [LIST, &class(service, &schema["items"], depth + 1)].concat(),
        Form::Map => "map".into(),
        Form::Struct => "object".into(),
        _ => ANY.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
    }

    #[test]
    fn what_could_be_taken_for_another_is_given_by_name() {
        let now = list(&[("amount", "number"), ("currency", "text")]);
        assert!(!settle(vec![], now.clone(), &[]).by_name);
        assert!(settle(vec![], list(&[("from", "text"), ("to", "text")]), &[]).by_name);
        assert!(settle(vec![], list(&[("a", "any"), ("b", "text")]), &[]).by_name);
        let renamed = list(&[("from_account", "text")]);
        assert!(
            settle(vec![], renamed.clone(), &[list(&[("to_account", "text")])]).by_name,
            "old code would still fit"
        );
        assert!(!settle(vec![], renamed.clone(), &[renamed]).by_name);
        // The order is that of old.
        let again = settle(vec![], now, &[list(&[("currency", "text"), ("amount", "number")])]);
        assert_eq!((again.list[0].0.as_str(), again.by_name), ("currency", false));
    }

    #[test]
    fn a_call_that_was_fits_none_that_means_something_else_wherever_its_values_went() {
        let old = list(&[("path 1", "text"), ("query from", "text")]);
        let now = settle(list(&[("path 1", "text"), ("path 2", "text")]), vec![], std::slice::from_ref(&old));
        assert!(now.path_by_name, "`from` would be the second part of the path");
        let now = settle(list(&[("path 1", "text")]), list(&[("header from", "text")]), std::slice::from_ref(&old));
        assert!(now.by_name && !now.path_by_name, "a query's value would be a header's");
        let now = settle(list(&[("path 1", "text")]), list(&[("body", "number")]), std::slice::from_ref(&old));
        assert!(!now.by_name, "old code stops compiling by itself");
        let between = list(&[("path 1", "text")]);
        let now = settle(list(&[("path 1", "text"), ("path 2", "text")]), vec![], &[between, old.clone()]);
        assert!(now.path_by_name, "also where another version lies between");
        let now = settle(list(&[("path 1", "text")]), list(&[("query from", "text")]), &[old]);
        assert!(!now.by_name && !now.path_by_name);
    }
}
