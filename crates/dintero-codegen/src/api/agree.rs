//! progenitor's functions and our builders have the same arguments, of the same types.
//!
//! For: the types are progenitor's and the requests are ours. Where the two stop agreeing, the generation ends, and nothing
//! goes out that means something else than the type says.

use super::call::Call;
use super::types::short;
use crate::model::Service;
use crate::problem::Problem;
use quote::ToTokens;
use std::collections::HashMap;

/// Compares every call with the function that progenitor made for it.
pub fn run(service: &Service, calls: &[Call], items: &[syn::Item]) -> Result<(), Problem> {
    let functions = functions(items);
    for call in calls {
        let op = call.operation(service);
        let refuse = |why: String| {
            Err(Problem::new(
                service.file.clone(),
                op.pointer.clone(),
                why,
                "report it with the document: progenitor makes something else of it than this tool",
            ))
        };
        let Some(function) = functions.get(&op.name) else {
            return refuse(format!("the generator made no function `{}`", op.name));
        };
        for field in &call.fields {
            let Some(ours) = &field.generated else { continue };
            match function.get(&field.ident) {
                Some(theirs) if theirs == ours => {}
                Some(theirs) => {
                    return refuse(format!("`{}` is `{ours}` for us and `{theirs}` for the generator", field.ident));
                }
                None => return refuse(format!("the generator does not know `{}`", field.ident)),
            }
        }
    }
    Ok(())
}

/// The arguments of each function, with the type that is owned behind each.
fn functions(items: &[syn::Item]) -> HashMap<String, HashMap<String, String>> {
    let mut out = HashMap::new();
    let blocks = items.iter().filter_map(|item| match item {
        syn::Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    });
    for function in blocks.flat_map(|block| &block.items) {
        let syn::ImplItem::Fn(function) = function else { continue };
        let arguments = function.sig.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(input) => Some((input.pat.to_token_stream().to_string(), owned(&input.ty))),
            syn::FnArg::Receiver(_) => None,
        });
        out.insert(function.sig.ident.to_string(), arguments.collect());
    }
    out
}

fn owned(kind: &syn::Type) -> String {
    let text = kind.to_token_stream().to_string().replace(' ', "");
    let text = text.strip_prefix("Option<").and_then(|t| t.strip_suffix('>')).unwrap_or(&text).to_string();
    let text = text.strip_prefix("&'a").unwrap_or(&text);
    short(&text.replace("crate::types::", "types::"))
}
