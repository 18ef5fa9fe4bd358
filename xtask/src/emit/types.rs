//! types.rs: the structs of the generator, tidied; enums, choices and answers by the runtime's macros.

use super::docs::{lines, safe};
use super::rust_type::rust_type;
use super::tidy::{ShortPaths, doc_attrs, doc_of};
use crate::lower::schema::code;
use crate::model::{OpenEnum, Service, StatusEnum, Union};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use syn::visit_mut::VisitMut;

/// The whole file below its header.
pub fn run(service: &Service, items: Vec<syn::Item>) -> String {
    let mut file = syn::File { shebang: None, attrs: Vec::new(), items: Vec::new() };
    let all_default = types_with_default(&items);
    for item in items {
        if let Some(item) = keep(service, item, &all_default) {
            file.items.push(item);
        }
    }
    ShortPaths.visit_file_mut(&mut file);
    let mut out = String::new();
    if !file.items.is_empty() {
        out.push_str("use dintero_client::chrono;\nuse serde::{Deserialize, Serialize};\n\n");
    }
    out.push_str(&prettyplease::unparse(&file));
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
    out
}

/// Structs whose every field may be absent.
fn types_with_default(items: &[syn::Item]) -> BTreeSet<String> {
    let impls = items.iter().filter_map(|item| match item {
        syn::Item::Impl(block) if block.trait_.as_ref().is_some_and(|(_, path, _)| path.segments.last().is_some_and(|s| s.ident == "Default")) => {
            Some(block.self_ty.to_token_stream().to_string())
        }
        _ => None,
    });
    impls.collect()
}

fn keep(service: &Service, item: syn::Item, all_default: &BTreeSet<String>) -> Option<syn::Item> {
    match item {
        syn::Item::Mod(_) => None,
        syn::Item::Impl(block) => {
            let (_, path, _) = block.trait_.as_ref()?;
            let last = path.segments.last()?;
            // A derive does what these do.
            if last.ident == "Default" {
                return None;
            }
            // `impl From<&T> for T` is `clone`.
            if last.ident == "From" && last.arguments.to_token_stream().to_string().contains("< &") {
                return None;
            }
            Some(syn::Item::Impl(block))
        }
        syn::Item::Struct(mut item) => {
            let name = item.ident.to_string();
            let doc = match safe(&doc_of(&item.attrs)) {
                doc if doc.is_empty() || doc == format!("`{name}`") => published(service, &name),
                doc => doc,
            };
            let transparent = item.attrs.iter().any(|a| a.to_token_stream().to_string().contains("transparent"));
            let mut attrs = doc_attrs(&doc);
            attrs.push(match all_default.contains(&name) {
                true => syn::parse_quote!(#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]),
                false => syn::parse_quote!(#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]),
            });
            attrs.push(syn::parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]));
            if transparent {
                attrs.push(syn::parse_quote!(#[serde(transparent)]));
            }
            item.attrs = attrs;
            fields(&mut item.fields);
            Some(syn::Item::Struct(item))
        }
        other => Some(other),
    }
}

/// Where the document has it, for a type that the document does not describe.
fn published(service: &Service, name: &str) -> String {
    let schema = service.schemas.get(name);
    let key = |key: &str| schema.and_then(|s| s[key].as_str());
    match key("x-place") {
        Some(place) => format!("`{place}` in the document."),
        None => format!("`{}` in the document.", key("x-published-name").unwrap_or(name)),
    }
}

fn fields(fields: &mut syn::Fields) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for field in fields.iter_mut() {
        let doc = safe(&doc_of(&field.attrs));
        let mut serde: Vec<syn::Meta> = Vec::new();
        for attr in field.attrs.iter().filter(|a| a.path().is_ident("serde")) {
            let parsed = attr.parse_args_with(syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
            for meta in parsed.into_iter().flatten() {
                // A null and an absent field are the same when reading.
                if meta.path().is_ident("deserialize_with") {
                    continue;
                }
                serde.push(match meta.to_token_stream().to_string().contains("::std::option::Option::is_none") {
                    true => syn::parse_quote!(skip_serializing_if = "Option::is_none"),
                    false => meta,
                });
            }
        }
        if let Some(ident) = &mut field.ident {
            let name = ident.to_string();
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                // Two published names that meet in Rust; the wire name is in the attribute.
                let renamed = serde.iter().any(|m| m.path().is_ident("rename"));
                if !renamed {
                    serde.push(syn::parse_quote!(rename = #name));
                }
                *ident = syn::Ident::new(&format!("{}_{count}", name.trim_end_matches('_')), ident.span());
            }
        }
        let kind = field.ty.to_token_stream().to_string().replace(' ', "");
        if kind.contains("DateTime<") {
            let reader = if kind.starts_with("::std::option::Option<::chrono") {
                Some("dintero_client::de::option_date_time")
            } else if kind.starts_with("::chrono") {
                Some("dintero_client::de::date_time")
            } else {
                None
            };
            if let Some(reader) = reader {
                if reader.contains("option") && !serde.iter().any(|m| m.path().is_ident("default")) {
                    serde.insert(0, syn::parse_quote!(default));
                }
                serde.push(syn::parse_quote!(deserialize_with = #reader));
            }
        }
        field.attrs = doc_attrs(&doc);
        if !serde.is_empty() {
            field.attrs.push(syn::parse_quote!(#[serde(#(#serde),*)]));
        }
    }
}

fn described(out: &mut String, text: &str, otherwise: &str, indent: &str) {
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
    let _ = write!(out, "\ndintero_client::{name_of_macro}! {{\n");
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
    out.push_str("\ndintero_client::one_of! {\n");
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
    out.push_str("\ndintero_client::by_status! {\n");
    described(out, &value.description, "", "    ");
    let _ = writeln!(out, "    pub enum {name} {{");
    for (code, ident, schema) in &value.variants {
        let kind = schema.as_ref().map(|s| format!("({})", rust_type(s, ""))).unwrap_or_default();
        let _ = writeln!(out, "        /// Status {code}.\n        {code} => {ident}{kind},");
    }
    out.push_str("    }\n}\n");
}
