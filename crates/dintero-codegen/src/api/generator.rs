//! Runs progenitor on a lowered service. Whatever it says or panics with is told as a problem of the document.

use super::types::{self, Types};
use crate::lower::assemble;
use crate::lower::schema::references_of;
use crate::model::{Operation, OperationKind, Service};
use crate::problem::Problem;
use indexmap::IndexMap;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, TypeImpl, UnknownPolicy};
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Once;
use typify::TypeSpace;

thread_local! {
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What progenitor makes of a document.
pub struct Generated {
    pub types: Types,
    /// Its client, without the types.
    pub client: syn::File,
}

/// The types and the client of a service.
pub fn run(service: &Service) -> Result<Generated, Problem> {
    generated(service).map_err(|why| {
        // Its own words name its own places, which say nothing to whoever has the document.
        let details = match std::env::var_os("RUST_BACKTRACE") {
            Some(_) => format!("; it says: {why}"),
            None => String::new(),
        };
        Problem::new(
            service.file.clone(),
            culprit(service),
            format!("cannot be made into Rust: progenitor stops at it{details}"),
            "leave it out or correct it by an overlay in specs/overlays, and report it: a lowering pass is missing",
        )
    })
}

/// The same of a document that is made for the judge: `types` is the module that has the types.
pub fn judge(service: &Service, document: &Value, types: &str) -> Result<syn::File, Problem> {
    let mut settings = settings(service, types);
    // It records the request.
    settings.with_inner_type(quote::quote!(crate::Recorder));
    made(&settings, document, |_| Ok(())).map(|(_, client)| client).map_err(|why| {
        let reason = format!("cannot be judged: progenitor stops at its published form; it says: {why}");
        Problem::new(
            service.file.clone(),
            "",
            reason,
            "report it: crates/dintero-codegen/src/emit/judge.rs has to leave something out",
        )
    })
}

/// The first schema, or else operation, that cannot be generated alone; the whole document if only all together cannot.
fn culprit(service: &Service) -> String {
    let alone = |schemas: IndexMap<String, Value>, operations: Vec<Operation>| {
        let part = Service { schemas, operations, file: service.file.clone(), ..Service::default() };
        generated(&part).is_err()
    };
    for name in service.schemas.keys() {
        if alone(with_references(service, name), Vec::new()) {
            return service.origin(name);
        }
    }
    let mut calls = service.operations.iter().filter(|op| op.kind == OperationKind::Call);
    let found = calls.find(|op| alone(service.schemas.clone(), vec![(*op).clone()]));
    found.map_or_else(|| "/".into(), |op| op.pointer.clone())
}

/// A schema with all that it refers to.
fn with_references(service: &Service, name: &str) -> IndexMap<String, Value> {
    let mut out = IndexMap::new();
    let mut open = vec![name.to_string()];
    while let Some(name) = open.pop() {
        let Some(schema) = service.schemas.get(&name).filter(|_| !out.contains_key(&name)) else { continue };
        references_of(schema, &mut open);
        out.insert(name, schema.clone());
    }
    out
}

fn generated(service: &Service) -> Result<Generated, String> {
    let document = assemble::run(service, types::numbered);
    let (types, client) = made(&settings(service, "crate::types"), &document, |space| types::read(service, space))?;
    Ok(Generated { types, client })
}

fn settings(service: &Service, types: &str) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_unknown_crates(UnknownPolicy::Allow)
        .with_derive("PartialEq");
    let named = service.open_enums.keys().chain(service.unions.keys()).chain(service.status_enums.keys());
    for name in named {
        let impls = [TypeImpl::Display, TypeImpl::FromStr].into_iter();
        settings.with_replacement(name, format!("{types}::{name}"), impls);
    }
    settings
}

/// What `read` finds in the type space, and the client.
fn made<T>(
    settings: &GenerationSettings,
    document: &Value,
    read: impl FnOnce(&TypeSpace) -> Result<T, String>,
) -> Result<(T, syn::File), String> {
    let spec: openapiv3::OpenAPI = serde_json::from_value(document.clone()).map_err(|e| e.to_string())?;
    silence_panics();
    let work = || -> Result<(T, TokenStream), String> {
        let mut generator = Generator::new(settings);
        let tokens = generator.generate_tokens(&spec).map_err(|e| e.to_string())?;
        Ok((read(generator.get_type_space())?, tokens))
    };
    let (found, tokens) = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(made) => made?,
        Err(_) => {
            return Err(SAID.with_borrow_mut(Option::take).unwrap_or_else(|| "it gave up without a reason".into()));
        }
    };
    let client = syn::parse2(without_types(tokens)).map_err(|e| format!("its output is no Rust: {e}"))?;
    Ok((found, client))
}

/// The module of types is known from the type space, and is most of the tokens.
fn without_types(tokens: TokenStream) -> TokenStream {
    let mut before = [String::new(), String::new()];
    let without = tokens.into_iter().map(|token| {
        let word = match &token {
            TokenTree::Ident(name) => name.to_string(),
            _ => String::new(),
        };
        let is_types = before == ["mod", "types"];
        let [_, last] = std::mem::take(&mut before);
        before = [last, word];
        match token {
            TokenTree::Group(_) if is_types => Group::new(Delimiter::Brace, TokenStream::new()).into(),
            token => token,
        }
    });
    without.collect()
}

/// A panic on a generating thread is kept for the message instead of being printed raw.
fn silence_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some(crate::thread::NAME) {
                let payload = info.payload();
                let text = payload
                    .downcast_ref::<&str>()
                    .map(|s| s.to_string())
                    .or_else(|| payload.downcast_ref::<String>().cloned());
                let place = info
                    .location()
                    .map(|l| format!(" ({}:{})", l.file().rsplit('/').next().unwrap_or_default(), l.line()));
                SAID.set(Some(format!("{}{}", text.unwrap_or_default(), place.unwrap_or_default())));
            } else {
                before(info);
            }
        }));
    });
}
