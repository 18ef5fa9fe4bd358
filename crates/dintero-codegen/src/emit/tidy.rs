//! Makes generated syntax read like written code: short paths, docs as line comments, attributes that are needed.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::visit_mut::{VisitMut, visit_path_mut};

/// `::std::option::Option` -> `Option`, and so on. The names are reserved, so no generated type shadows them.
pub struct ShortPaths;

impl VisitMut for ShortPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_path_mut(self, path);
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keep = match names.as_slice() {
            ["std", "option", "Option"]
            | ["std", "string", "String"]
            | ["std", "vec", "Vec"]
            | ["std", "boxed", "Box"] => 1,
            ["std", "result", "Result"] => 1,
            // Types are written where they stand.
            ["crate", "types", _] | ["super", "types", _] => 1,
            // chrono comes with the runtime, so that both mean the same version.
            ["chrono", "offset", "Utc"] => {
                path.leading_colon = None;
                *path = syn::parse_quote!(chrono::Utc);
                return;
            }
            ["chrono", ..]
            | ["serde_json", ..]
            | ["std", ..]
            | ["serde", ..]
            | ["dintero_client", ..]
            | ["dintero_types", ..]
            | ["reqwest", ..] => {
                path.leading_colon = None;
                return;
            }
            _ => return,
        };
        path.leading_colon = None;
        let tail: Vec<syn::PathSegment> = path.segments.iter().skip(names.len() - keep).cloned().collect();
        path.segments = tail.into_iter().collect();
    }
}

/// Docs as attributes, a line each.
pub fn doc_attrs(text: &str) -> Vec<syn::Attribute> {
    text.lines()
        .map(|line| {
            let line = if line.is_empty() { String::new() } else { format!(" {line}") };
            syn::parse_quote!(#[doc = #line])
        })
        .collect()
}

/// `use path::{names};` with those names that the code makes use of; empty when it uses none.
pub fn imports(path: &str, names: &[&str], code: &str) -> String {
    // What is no code is told when the file is parsed.
    let tokens: TokenStream = code.parse().unwrap_or_default();
    let mut used = BTreeSet::new();
    used_in(tokens, names, &mut used);
    let used: Vec<&str> = names.iter().copied().filter(|name| used.contains(*name)).collect();
    match used.as_slice() {
        [] => String::new(),
        [one] => format!("use {path}::{one};\n"),
        many => format!("use {path}::{{{}}};\n", many.join(", ")),
    }
}

/// Names that begin a path: a module is followed by `::`, a type is not reached through something else. Comments and
/// texts are no code, whatever words they hold.
fn used_in<'a>(tokens: TokenStream, names: &[&'a str], used: &mut BTreeSet<&'a str>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |index: Option<usize>, sign: char| matches!(index.and_then(|i| tokens.get(i)), Some(TokenTree::Punct(p)) if p.as_char() == sign);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => used_in(group.stream(), names, used),
            TokenTree::Ident(ident) => {
                let Some(name) = names.iter().find(|name| ident == **name) else { continue };
                let inner =
                    is(at.checked_sub(1), '.') || is(at.checked_sub(1), ':') && is(at.checked_sub(2), ':') && at >= 2;
                let module = name.starts_with(char::is_lowercase);
                if !inner && (!module || is(Some(at + 1), ':') && is(Some(at + 2), ':')) {
                    used.insert(name);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_makes_use_of_a_name() {
        let code = "
/// Redirect the customer here, to a Response.
pub struct Made { call: Call, types: u8, raw: Option<u8> }
fn f(raw: u8) -> dintero_types::chrono::Utc { self.operations.chrono(types::A, \"Error\") }
mod_call! { body: types::B }";
        assert_eq!(
            imports("x", &["Call", "Error", "Redirect", "Response", "chrono", "operations", "raw", "types"], code),
            "use x::{Call, types};\n"
        );
        assert_eq!(imports("x", &["Other"], code), "");
    }
}
