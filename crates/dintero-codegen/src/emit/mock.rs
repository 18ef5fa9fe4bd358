//! What the mock has built in: the documents, its lifecycle, what the catalog says of all documents, and what our
//! overlays correct in them.
//!
//! As JSON: a test that takes the mock as a library then builds no parser for YAML or TOML. The mock is a judge that
//! shares no code with the client, so it gets neither an overlay nor what applies it: each edit is told as data, a place
//! and what stands there.

use super::layout;
use super::tokens::{Made, docs, docs_within};
use super::umbrella::Listed;
use crate::catalog::HouseRules;
use crate::overlay::Correction;
use quote::quote;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use std::collections::BTreeMap;

/// Where the documents lie in the crate, a file each.
pub const DOCUMENTS: &str = "crates/dintero-mock/documents";

pub fn documents_rs(list: &[Listed], house: &HouseRules) -> Made<String> {
    let about = docs_within("The documents as published, in the order of the catalog, and what holds for all of them.");
    let all = docs("Service and text of each document.");
    let rows = list.iter().map(|Listed { service, .. }| {
        let file = format!("../documents/{service}.json");
        quote!((#service, include_str!(#file)),)
    });
    let sent = docs("Paths below these are what Dintero sends to the merchant: no calls.");
    let own = docs("Path parameters that name the caller's own account.");
    let parameters_about = docs("Query parameters that ask for a page behind the first.");
    let fields_about = docs("Fields of a page that say how to ask for the next.");
    let (cursor_parameters, cursor_fields) = (house.paging.cursor_parameters(), house.paging.cursor_fields());
    let (event_paths, account_parameters) = (&house.event_paths, &house.account_parameters);
    let code = quote! {
        #about
        #all
        pub(crate) static ALL: &[(&str, &str)] = &[#(#rows)*];
        #sent
        pub(crate) static EVENT_PATHS: &[&str] = &[#(#event_paths),*];
        #own
        pub(crate) static ACCOUNT_PARAMETERS: &[&str] = &[#(#account_parameters),*];
        #parameters_about
        pub(crate) static CURSOR_PARAMETERS: &[&str] = &[#(#cursor_parameters),*];
        #fields_about
        pub(crate) static CURSOR_FIELDS: &[&str] = &[#(#cursor_fields),*];
    };
    layout::file(&layout::header(layout::CATALOG), code)
}

/// A line for each value, without indentation: short, and a change of a document shows as what it is.
pub fn json(value: &impl Serialize) -> Result<String, String> {
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b""))).map_err(to_text)?;
    out.push(b'\n');
    String::from_utf8(out).map_err(to_text)
}

fn to_text(why: impl std::fmt::Display) -> String {
    why.to_string()
}

/// Those of each service, in the order of the catalog.
pub fn corrections_rs<'a>(
    order: impl Iterator<Item = &'a str>,
    corrections: &BTreeMap<String, Vec<Correction>>,
) -> Made<String> {
    let about = docs_within("What our overlays correct in the documents as published, edit by edit.");
    let all = docs(
        "Service, place, and what stands there from now on, as JSON; None where it is taken out. One edit after the other.",
    );
    let edits = order.flat_map(|service| {
        corrections.get(service).into_iter().flatten().map(move |correction| (service, correction))
    });
    let rows = edits.map(|(service, Correction { pointer, value })| match value {
        Some(value) => {
            let value = value.to_string();
            quote!((#service, #pointer, Some(#value)),)
        }
        None => quote!((#service, #pointer, None),),
    });
    let code = quote! {
        #about
        #all
        pub(crate) static ALL: &[(&str, &str, Option<&str>)] = &[#(#rows)*];
    };
    layout::file(&layout::header("specs/overlays"), code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_has_a_line_for_each_value_and_reads_as_it_was() {
        let document = json!({"openapi": "3.0.0", "paths": {"/b": {}, "/a": [1.5, "no"]}});
        let text = json(&document).expect("written");
        assert_eq!(text, "{\n\"openapi\": \"3.0.0\",\n\"paths\": {\n\"/b\": {},\n\"/a\": [\n1.5,\n\"no\"\n]\n}\n}\n");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("read"), document);
    }
}
