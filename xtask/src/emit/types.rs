//! types.rs: the fields of the generator's structs, and enums, choices and answers, all by the runtime's macros.

use super::docs::{lines, safe};
use super::rust_type::rust_type;
use super::tidy::{ShortPaths, doc_attrs, doc_of, type_text};
use crate::gate::text::code as code_span;
use crate::gate::{Text, marks};
use crate::lower::schema::{Form, code, form};
use crate::model::{OpenEnum, Service, StatusEnum, Union};
use quote::ToTokens;
use std::collections::BTreeMap;
use std::fmt::Write;
use syn::visit_mut::VisitMut;

/// The whole file below its header.
pub fn run(service: &Service, items: Vec<syn::Item>, sensitive: &[String]) -> String {
    let mut rest = syn::File { shebang: None, attrs: Vec::new(), items: Vec::new() };
    let mut out = String::new();
    for item in items {
        match item {
            syn::Item::Struct(item) if matches!(item.fields, syn::Fields::Named(_)) => {
                object(&mut out, service, item, sensitive)
            }
            item => rest.items.extend(keep(service, item)),
        }
    }
    ShortPaths.visit_file_mut(&mut rest);
    if !rest.items.is_empty() {
        let _ = write!(out, "\n{}", prettyplease::unparse(&rest));
    }
    for (name, value) in &service.open_enums {
        open_enum(&mut out, name, value);
    }
    for (name, value) in &service.unions {
        union(&mut out, name, value);
    }
    for (name, value) in &service.status_enums {
        status_enum(&mut out, name, value);
    }
    for (name, target) in &service.aliases {
        let _ = write!(out, "\n/// The document's second name for [`{target}`].\npub type {name} = {target};\n");
    }
    // `std::option` and the like are not meant.
    let uses_chrono = out.contains(" chrono::") || out.contains("<chrono::");
    format!("{}{out}", if uses_chrono { "use dintero_types::chrono;\n" } else { "" })
}

/// What is left of the generator's items that are no object: types that contain themselves by a list or a map.
fn keep(service: &Service, item: syn::Item) -> Option<syn::Item> {
    match item {
        syn::Item::Mod(_) => None,
        syn::Item::Impl(block) => {
            let (_, path, _) = block.trait_.as_ref()?;
            let last = path.segments.last()?;
            // `impl From<&T> for T` is `clone`; `object!` derives the default.
            let clone = last.ident == "From" && last.arguments.to_token_stream().to_string().contains("< &");
            (last.ident != "Default" && !clone).then_some(syn::Item::Impl(block))
        }
        syn::Item::Struct(mut item) => {
            let name = item.ident.to_string();
            item.attrs = doc_attrs(&described_or_place(service, &name, &doc_of(&item.attrs)));
            item.attrs
                .push(syn::parse_quote!(#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]));
            item.attrs.push(syn::parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]));
            item.attrs.push(syn::parse_quote!(#[serde(transparent)]));
            Some(syn::Item::Struct(item))
        }
        other => Some(other),
    }
}

fn described_or_place(service: &Service, name: &str, doc: &str) -> String {
    match safe(doc) {
        doc if doc.is_empty() || doc == format!("`{name}`") => published(service, name),
        doc => doc,
    }
}

/// One struct by the runtime's macro: fields that are always there first, then those that may be absent.
fn object(out: &mut String, service: &Service, item: syn::ItemStruct, sensitive: &[String]) {
    let name = item.ident.to_string();
    let [mut required, mut optional, mut nullable, mut rest] = [const { String::new() }; 4];
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let wire_of = |field: &syn::Field, ident: &str| {
        serde_rename(&field.attrs).unwrap_or_else(|| ident.trim_start_matches("r#").to_string())
    };
    // Of two published names that meet in Rust, the one that is a Rust name keeps it.
    let mut fields: Vec<(String, String, syn::Field)> = Vec::new();
    for field in item.fields {
        let Some(ident) = field.ident.as_ref().map(ToString::to_string) else { continue };
        fields.push((ident.clone(), wire_of(&field, &ident), field));
    }
    fields.sort_by(|(a, wire_a, _), (b, wire_b, _)| a.cmp(b).then((wire_b == b).cmp(&(wire_a == a))));
    for (ident, mut wire, field) in fields {
        let flatten = field.attrs.iter().any(|a| a.to_token_stream().to_string().contains("flatten"));
        let count = seen.entry(ident.clone()).or_default();
        *count += 1;
        // Two published names that meet in Rust, or the name of the constructor; the wire name is in the attribute.
        let ident = match *count {
            1 if ident == "new" => "new_".to_string(),
            1 => ident,
            n => format!("{}_{n}", ident.trim_end_matches('_')),
        };
        let kind = type_text(&field.ty);
        let inner = kind.strip_prefix("Option<").and_then(|k| k.strip_suffix('>'));
        let doc = match safe(&doc_of(&field.attrs)) {
            doc if doc.is_empty() => doc,
            doc => lines(&doc, "        ///"),
        };
        if flatten {
            wire = ident.clone();
        }
        let renamed = match wire == ident.trim_start_matches("r#") && !ident.starts_with("r#") {
            true => String::new(),
            false => format!(" = {wire:?}"),
        };
        // A required field that may be null is always written, as null if need be.
        let always_written =
            !field.attrs.iter().any(|a| a.to_token_stream().to_string().contains("skip_serializing_if"));
        let property = service.schemas.get(&name).map(|s| &s["properties"][wire.as_str()]);
        let mark = if is_sensitive(&wire, inner.unwrap_or(&kind), property, sensitive) { " @hidden" } else { "" };
        // A large object that is mostly absent would make everything that may hold it large; boxed by one rule whatever
        // its size, so that a new field does not change the type of another.
        let boxed = inner
            .filter(|i| service.schemas.get(*i).is_some_and(|s| form(s) == Form::Struct))
            .map(|i| format!("Box<{i}>"));
        let inner = boxed.as_deref().or(inner);
        let three_states = property.is_some_and(|p| p[marks::THREE_STATES] == true);
        match inner {
            _ if flatten => {
                let _ = writeln!(rest, "{doc}        {ident}{mark}: {kind},");
            }
            Some(inner) if !always_written && three_states && service.sent.contains(&name) => {
                let nuller = format!("{}_null", ident.trim_end_matches('_'));
                let _ = writeln!(nullable, "{doc}        {ident} / {nuller}{renamed}{mark}: {inner},");
            }
            Some(inner) if !always_written => {
                let reader = reader(inner).map(|r| format!(" as Option{r}")).unwrap_or_default();
                let _ = writeln!(optional, "{doc}        {ident}{renamed}{reader}{mark}: {inner},");
            }
            _ => {
                let reader = match inner.map_or_else(|| (reader(&kind), ""), |inner| (reader(inner), "Option")) {
                    (Some(r), option) => format!(" as {option}{r}"),
                    (None, _) => String::new(),
                };
                let _ = writeln!(required, "{doc}        {ident}{renamed}{reader}{mark}: {kind},");
            }
        }
    }
    out.push_str("\ndintero_types::object! {\n");
    out.push_str(&lines(&described_or_place(service, &name, &doc_of(&item.attrs)), "    ///"));
    let role = if service.sent.contains(&name) { "sent" } else { "read" };
    let _ = write!(out, "    {role} {name} {{\n{required}    }} optional {{\n{optional}    }}");
    for (part, fields) in [("nullable", nullable), ("rest", rest)] {
        if !fields.is_empty() {
            let _ = write!(out, " {part} {{\n{fields}    }}");
        }
    }
    out.push_str("\n}\n");
}

/// How the runtime reads it, where it has a way of its own.
fn reader(kind: &str) -> Option<&'static str> {
    match kind {
        "chrono::DateTime<chrono::Utc>" => Some("Time"),
        "chrono::NaiveDate" => Some("Day"),
        "i64" => Some("Integer"),
        _ => None,
    }
}

/// Marked in the document, or a plain value whose name says so; what is inside an object is asked by itself.
fn is_sensitive(wire: &str, kind: &str, property: Option<&serde_json::Value>, words: &[String]) -> bool {
    if let Some(marked) = property.and_then(|p| p[marks::SENSITIVE].as_bool()) {
        return marked;
    }
    let inner = kind.trim_start_matches("Vec<").trim_start_matches("Option<").trim_end_matches('>');
    let plain = ["String", "i64", "f64", "chrono::NaiveDate", "serde_json::Value"].contains(&inner);
    let name: Vec<String> = crate::names::snake(wire).split('_').map(crate::names::singular).collect();
    let named = words.iter().any(|w| {
        let w: Vec<&str> = w.split('_').collect();
        name.windows(w.len()).any(|part| part.iter().zip(&w).all(|(a, b)| a == b))
    });
    // `token_type` and the like say what kind of thing it is.
    let telling = name.last().is_some_and(|last| ["type", "provider", "status", "url"].contains(&last.as_str()));
    plain && named && !telling
}

fn serde_rename(attrs: &[syn::Attribute]) -> Option<String> {
    let mut out = None;
    for attr in attrs.iter().filter(|a| a.path().is_ident("serde")) {
        let _ = attr.parse_nested_meta(|meta| {
            if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                if meta.path.is_ident("rename")
                    && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = value
                {
                    out = Some(text.value());
                }
            }
            Ok(())
        });
    }
    out
}

/// Where the document has it, for a type that the document does not describe.
fn published(service: &Service, name: &str) -> String {
    let schema = service.schemas.get(name);
    let key = |key: &str| schema.and_then(|s| s[key].as_str());
    match key(marks::PLACE) {
        Some(place) => format!("{} in the document.", code_span(place)),
        None => format!("{} in the document.", code_span(key(marks::PUBLISHED_NAME).unwrap_or(name))),
    }
}

fn described(out: &mut String, text: &Text, otherwise: &str, indent: &str) {
    let doc = match safe(text) {
        doc if doc.is_empty() => otherwise.to_string(),
        doc => doc,
    };
    if !doc.is_empty() {
        out.push_str(&lines(&doc, &format!("{indent}///")));
    }
}

fn open_enum(out: &mut String, name: &str, value: &OpenEnum) {
    let name_of_macro = if value.integer { "open_int_enum" } else { "open_enum" };
    let _ = write!(out, "\ndintero_types::{name_of_macro}! {{\n");
    described(out, &value.description, &format!("Known values of `{name}`; others are kept as they come."), "    ");
    let _ = writeln!(out, "    pub enum {name} {{");
    for v in &value.variants {
        if v.value.as_str() != Some(v.ident.as_str()) {
            let _ = writeln!(out, "        /// {}", code(&v.value));
        }
        let _ = writeln!(out, "        {} = {},", v.ident, literal(&v.value));
    }
    out.push_str("    }\n}\n");
}

fn literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn union(out: &mut String, name: &str, value: &Union) {
    out.push_str("\ndintero_types::one_of! {\n");
    described(out, &value.description, "One of several shapes; one that is not known is kept as it comes.", "    ");
    let by = value.discriminator.as_ref().map(|d| format!(" by {d:?}")).unwrap_or_default();
    let _ = writeln!(out, "    pub enum {name}{by} {{");
    for m in &value.members {
        described(out, &m.description, "", "        ");
        let kind = rust_type(&m.schema, "");
        let kind = if m.boxed { format!("Box<{kind}>") } else { kind };
        let tags: Vec<String> = m.tags.iter().map(|t| format!("{t:?}")).collect();
        let tags = match value.discriminator {
            Some(_) => format!(" = [{}]", tags.join(", ")),
            None => String::new(),
        };
        let _ = writeln!(out, "        {}({kind}){tags},", m.ident);
    }
    out.push_str("    }\n}\n");
}

fn status_enum(out: &mut String, name: &str, value: &StatusEnum) {
    out.push_str("\ndintero_types::by_status! {\n");
    described(out, &value.description, "", "    ");
    let _ = writeln!(out, "    pub enum {name} {{");
    for (code, ident, schema) in &value.variants {
        let kind = schema.as_ref().map(|s| format!("({})", rust_type(s, ""))).unwrap_or_default();
        let _ = writeln!(out, "        /// Status {code}.\n        {code} => {ident}{kind},");
    }
    out.push_str("    }\n}\n");
}
