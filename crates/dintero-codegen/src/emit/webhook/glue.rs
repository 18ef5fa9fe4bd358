//! The sources, samples and lists that are written into the package.

use super::aliases::{Alias, aliases};
use super::matching::{Matched, matched};
use super::readme::readme;
use super::samples::{sample_file, sample_text};
use super::table::{Samples, Table, path};
use crate::catalog::{crate_name, package_name};
use crate::emit::Files;
use crate::emit::docs::{paragraphs, safe};
use crate::emit::layout;
use crate::emit::tokens::{Made, docs, docs_within, ident, kind};
use crate::names::variants;
use proc_macro2::TokenStream;
use quote::quote;
use std::fmt::Write;

/// What it is made from.
const SOURCE: &str = "specs/events.toml";

/// Everything that is written into crates/dintero-events.
pub struct Glue {
    /// src/events.rs, src/callbacks.rs, src/samples.rs and src/services.rs.
    pub sources: Files,
    /// The folder samples/, whole.
    pub samples: Files,
    /// Between the markers of Cargo.toml.
    pub dependencies: String,
    /// Between the markers of README.md.
    pub readme: String,
    pub warnings: Vec<String>,
}

/// `kept` are the samples on disk, for services that were not made in this run.
pub fn glue(
    table: &Table,
    order: &[String],
    samples: &Samples,
    kept: &Files,
    version: &dyn Fn(&str) -> String,
) -> Made<Glue> {
    let matched = matched(table, order);
    let (aliases, signed) = aliases(table, order);
    let names: Vec<String> = matched.typed.iter().map(|t| t.event.to_string()).collect();
    let (idents, _) = variants(&names, &[]);
    let mut used: Vec<&str> =
        matched.typed.iter().map(|t| t.service).chain(aliases.iter().map(|a| a.service)).collect();
    used.sort_by_key(|s| order.iter().position(|o| o == s));
    used.dedup();
    let (sample, sample_files) = samples_rs(&matched, samples, kept);
    let mut sources = Files::new();
    for (name, tokens) in [
        ("src/events.rs", events_rs(&matched, &idents)?),
        ("src/samples.rs", sample),
        ("src/callbacks.rs", callbacks_rs(&aliases, signed)?),
        ("src/services.rs", services_rs(&used)?),
    ] {
        sources.insert(name.into(), layout::file(&layout::header(SOURCE), tokens)?);
    }
    let mut dependencies = String::new();
    for service in used {
        let name = crate_name(service);
        let _ = writeln!(
            dependencies,
            "{name} = {{ path = \"../services/{name}\", version = {:?}, default-features = false }}",
            version(&name)
        );
    }
    Ok(Glue {
        sources,
        samples: sample_files,
        dependencies,
        readme: readme(&matched, &idents, &aliases),
        warnings: matched.warnings,
    })
}

fn events_rs(matched: &Matched<'_>, idents: &[String]) -> Made {
    let events = matched.typed.iter().zip(idents).map(|(typed, name)| {
        let about = docs(&paragraphs(&[format!("{}.", typed.event.code()), safe(&typed.row.description)]));
        let (name, event, kind) = (ident(name)?, &typed.event, kind(&path(typed.service, &typed.row.payload))?);
        Ok(quote!(#about #name = #event: #kind,))
    });
    let events: TokenStream = events.collect::<Made<_>>()?;
    let about = docs_within("The events that have a payload.");
    Ok(quote!(#about crate::event::events! { #events }))
}

/// The source, and the samples that it takes in.
fn samples_rs(matched: &Matched<'_>, samples: &Samples, kept: &Files) -> (TokenStream, Files) {
    let mut files = Files::new();
    let mut arms = TokenStream::new();
    for typed in &matched.typed {
        let file = sample_file(&typed.event, &files);
        let text = match samples.get(&(typed.service.to_string(), typed.row.call.clone())) {
            Some(sample) => sample_text(sample, &typed.event),
            None => kept.get(&file).cloned(),
        };
        if let Some(text) = text {
            let (event, path) = (&typed.event, format!("../samples/{file}"));
            arms.extend(quote!(#event => Some(include_str!(#path)),));
            files.insert(file, text);
        }
    }
    let about = docs_within("A sample of each event that has a payload.");
    let code = quote! {
        #about
        /// The body of a delivery of this event, for example; None for one whose payload is not published.
        pub fn sample(event: &str) -> Option<&'static str> {
            match event {
                #arms
                _ => None,
            }
        }
    };
    (code, files)
}

fn callbacks_rs(aliases: &[Alias<'_>], signed: Option<(&str, &str)>) -> Made {
    let types = aliases.iter().map(|alias| {
        let (about, name, kind) = (docs(&alias.doc), ident(&alias.name)?, kind(&path(alias.service, alias.target))?);
        Ok(quote!(#about pub type #name = #kind;))
    });
    let types: TokenStream = types.collect::<Made<_>>()?;
    let parse = match signed {
        Some((service, query)) => {
            let query = kind(&path(service, query))?;
            quote! {
                /// What a session's callback says, in its query.
                pub type Callback = #query;
                /// The callback of an address, or of a path with a query; verify it before.
                ///
                /// # Errors
                /// A parameter is missing or does not fit. The error keeps the query.
                pub fn parse_callback(url: &str) -> Result<Callback, crate::ParseError> {
                    crate::parse_query(url)
                }
            }
        }
        // The package has its callback whatever the documents say: without one it is what stands in the query.
        None => quote! {
            /// What a session's callback says, in its query; no document describes it.
            pub type Callback = std::collections::BTreeMap<String, String>;
            /// The callback of an address, or of a path with a query; verify it before.
            ///
            /// # Errors
            /// It has no query. The error keeps it.
            pub fn parse_callback(url: &str) -> Result<Callback, crate::ParseError> {
                crate::parse_query(url)
            }
        },
    };
    let about = docs_within("What callbacks ask and are answered, by the names of their documents.");
    Ok(quote!(#about #types #parse))
}

fn services_rs(used: &[&str]) -> Made {
    let packages = used.iter().map(|service| {
        let package = ident(&package_name(service))?;
        Ok(quote!(pub use #package;))
    });
    let packages: TokenStream = packages.collect::<Made<_>>()?;
    let about = docs_within("The crates whose types the events and callbacks are.");
    Ok(quote!(#about #packages))
}

#[cfg(test)]
mod tests {
    use super::super::table::{Sent, read_table, table_text};
    use super::super::tests::{order, row};
    use super::*;

    #[test]
    fn a_service_that_was_not_made_keeps_its_part() {
        let mut table = Table::new();
        table.insert("first".into(), Sent { events: vec!["a".into()], deliveries: vec![row("/examples/a", "A")] });
        let text = table_text(&table).expect("written");
        let table = read_table("specs/events.toml", &text).expect("read");
        let kept = Files::from([("a.json".to_string(), "{}\n".to_string())]);
        let glue = glue(&table, &order(), &Samples::new(), &kept, &|_| "0.1.0".into()).expect("glue");
        assert!(glue.sources["src/events.rs"].contains("A = \"a\": dintero_first::types::A,"));
        assert_eq!(glue.samples["a.json"], "{}\n");
        assert!(read_table("specs/events.toml", "[first]\nevents = 5\n").is_err());
    }
}
