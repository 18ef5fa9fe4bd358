//! What crates/dintero-mock has built in: src/documents.rs, with what the catalog says of all documents, and
//! src/corrections.rs, what our overlays make of them.
//!
//! The mock is a judge that shares no code with the client, so it gets neither an overlay nor what applies it: each edit
//! is told as data, a place and what stands there.

use super::layout;
use super::tokens::{Made, docs, docs_within};
use super::umbrella::Listed;
use crate::catalog::HouseRules;
use crate::overlay::Correction;
use quote::quote;
use std::collections::BTreeMap;

pub fn documents_rs(list: &[Listed], house: &HouseRules) -> Made<String> {
    let about = docs_within("The documents as published, in the order of the catalog, and what holds for all of them.");
    let all = docs("Service and text of each document.");
    let rows = list.iter().map(|Listed { service, .. }| {
        let file = format!("../documents/{service}.yaml");
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
