//! types.rs: the fields of the generator's structs, and enums, choices and answers, all by the runtime's macros.

use super::docs::{lines, paragraphs, safe};
use super::kin;
use super::tidy::{ShortPaths, doc_attrs};
use crate::api::syntax::doc_of;
use crate::api::{Api, Field, Object, Presence};
use crate::gate::text::code as code_span;
use crate::gate::{Text, marks};
use crate::lower::amounts::DECIMAL;
use crate::lower::rust_type::rust_type;
use crate::lower::schema::code;
use crate::model::{Member, OpenEnum, Service, StatusEnum, Union};
use quote::ToTokens;
use std::fmt::Write;
use syn::visit_mut::VisitMut;

/// The whole file below its header.
pub fn run(service: &Service, api: &Api) -> String {
    let mut out = String::new();
    for one in &api.objects {
        object(&mut out, service, api, one);
    }
    let items = api.wrappers.iter().cloned().filter_map(|item| keep(service, item)).collect();
    let mut rest = syn::File { shebang: None, attrs: Vec::new(), items };
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
fn object(out: &mut String, service: &Service, api: &Api, object: &Object) {
    let [mut required, mut optional, mut nullable, mut rest] = [const { String::new() }; 4];
    for Field { ident, wire, kind, reader, presence, hidden, doc } in &object.fields {
        let doc = match safe(doc) {
            doc if doc.is_empty() => doc,
            doc => lines(&doc, "        ///"),
        };
        let renamed = match *wire == ident.trim_start_matches("r#") && !ident.starts_with("r#") {
            true => String::new(),
            false => format!(" = {wire:?}"),
        };
        let mark = if *hidden { " @hidden" } else { "" };
        let how = match kind.as_str() {
            _ if !object.sent => "",
            list if list.starts_with("Vec<") => " in list",
            map if map.starts_with("std::collections::HashMap<String, ") || map.starts_with("serde_json::Map<") => {
                " in map"
            }
            _ => "",
        };
        let reader = reader.as_ref().map(|r| format!(" as {r}")).unwrap_or_default();
        let _ = match presence {
            Presence::Rest => writeln!(rest, "{doc}        {ident}{mark}: {kind},"),
            Presence::Nullable(nuller) => {
                writeln!(nullable, "{doc}        {ident} / {nuller}{renamed}{mark}{how}: {kind},")
            }
            Presence::Optional => writeln!(optional, "{doc}        {ident}{renamed}{reader}{mark}{how}: {kind},"),
            Presence::Required => writeln!(required, "{doc}        {ident}{renamed}{reader}{mark}: {kind},"),
        };
    }
    let name = &object.name;
    out.push_str("\ndintero_types::object! {\n");
    let about = [described_or_place(service, name, &object.doc), kin::paragraph(api, object)];
    out.push_str(&lines(&paragraphs(&about), "    ///"));
    let role = if object.sent { "sent" } else { "read" };
    let given = object.given.as_ref().map(|given| format!(" by {given}")).unwrap_or_default();
    let _ = write!(out, "    {role} {name}{given} {{\n{required}    }} optional {{\n{optional}    }}");
    for (part, fields) in [("nullable", nullable), ("rest", rest)] {
        if !fields.is_empty() {
            let _ = write!(out, " {part} {{\n{fields}    }}");
        }
    }
    out.push_str("\n}\n");
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
    let scalars = scalars(value);
    if !scalars.is_empty() {
        let _ = writeln!(out, "dintero_types::one_of_scalars!({name} {{ {} }});", scalars.join(", "));
    }
}

/// The variants that are made of plain values, each of a kind of its own.
fn scalars(value: &Union) -> Vec<String> {
    let kind = |m: &Member| {
        (!m.boxed).then(|| rust_type(&m.schema, "")).and_then(|kind| match kind.as_str() {
            "String" => Some("text"),
            "i64" => Some("integer"),
            DECIMAL => Some("decimal"),
            "bool" => Some("boolean"),
            _ => None,
        })
    };
    let kinds: Vec<(&Member, &str)> = value.members.iter().filter_map(|m| Some((m, kind(m)?))).collect();
    let is_number = |kind: &str| kind == "integer" || kind == "decimal";
    let alone = |at: usize| {
        let others = kinds.iter().enumerate().filter(|(other, _)| *other != at);
        others.into_iter().all(|(_, (_, k))| *k != kinds[at].1 && !(is_number(k) && is_number(kinds[at].1)))
    };
    let alone = (0..kinds.len()).filter(|at| alone(*at));
    alone.map(|at| format!("{}: {}", kinds[at].0.ident, kinds[at].1)).collect()
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
