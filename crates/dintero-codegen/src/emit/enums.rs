//! tests/tests/enums/registry.rs: every open enum of every service, so that a test can go through all of them.

use super::layout;
use super::tokens::{Made, ident};
use super::umbrella::Listed;
use crate::catalog::package_name;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::collections::BTreeMap;

/// The enums by the package that has them.
pub type Enums = BTreeMap<String, Vec<String>>;

/// `made` are those of the services of this run; a service that was not made keeps what the registry had of it.
pub fn run(list: &[Listed], made: &Enums, before: &str) -> Made<String> {
    let kept = read(before);
    let mut rows = TokenStream::new();
    for Listed { service, .. } in list {
        let name = package_name(service);
        let package = ident(&name)?;
        for name in made.get(&name).or(kept.get(&name)).into_iter().flatten() {
            let name = ident(name)?;
            rows.extend(quote!(entry!(#package::types::#name),));
        }
    }
    let code = quote!(use super::{Enum, entry}; pub static ENUMS: &[Enum] = &[#rows];);
    layout::file(&layout::header(layout::CATALOG), code)
}

/// What a registry has; of what is none, nothing.
fn read(registry: &str) -> Enums {
    let mut found = Enums::new();
    let items = syn::parse_file(registry).map(|file| file.items).unwrap_or_default();
    for item in items {
        let syn::Item::Static(table) = item else { continue };
        let syn::Expr::Reference(reference) = *table.expr else { continue };
        let syn::Expr::Array(rows) = *reference.expr else { continue };
        for row in rows.elems {
            let syn::Expr::Macro(entry) = row else { continue };
            let path: Vec<String> =
                entry.mac.tokens.into_iter().map(|token| token.to_token_stream().to_string()).collect();
            if let (Some(package), Some(name)) = (path.first(), path.last()) {
                found.entry(package.clone()).or_default().push(name.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_was_not_made_keeps_its_enums() {
        let list =
            ["first", "second-one"].map(|service| Listed { service: service.into(), title: "".into(), calls: 1 });
        let made = |name: &str, enums: [&str; 2]| (name.to_string(), enums.map(String::from).to_vec());
        let all = [made("dintero_first", ["A", "B"]), made("dintero_second_one", ["C", "D"])].into();
        let written = run(&list, &all, "").expect("a registry");
        assert_eq!(read(&written), all);
        let one = [made("dintero_second_one", ["D", "E"])].into();
        let again = read(&run(&list, &one, &written).expect("a registry"));
        assert_eq!(again["dintero_first"], ["A", "B"]);
        assert_eq!(again["dintero_second_one"], ["D", "E"]);
    }
}
