//! Runs progenitor on a lowered service. Whatever it says or panics with is told as a problem of the document.

use crate::model::Service;
use crate::problem::Problem;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, TypeImpl, UnknownPolicy};
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The generated client as a syntax tree.
pub fn run(service: &Service, document: &Value) -> Result<syn::File, Problem> {
    let refuse = |why: String| {
        Problem::new(
            service.file.clone(),
            "",
            format!("the generator cannot take the lowered document: {why}"),
            "correct the document by an overlay in specs/overlays, and report it: a lowering pass is missing",
        )
    };
    let spec: openapiv3::OpenAPI = serde_json::from_value(document.clone()).map_err(|e| refuse(e.to_string()))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_unknown_crates(UnknownPolicy::Allow)
        .with_derive("PartialEq");
    let named = service.open_enums.keys().chain(service.unions.keys()).chain(service.status_enums.keys());
    for name in named {
        let impls = [TypeImpl::Display, TypeImpl::FromStr].into_iter();
        settings.with_replacement(name, format!("crate::types::{name}"), impls);
    }
    silence_panics();
    let tokens =
        std::panic::catch_unwind(move || Generator::new(&settings).generate_tokens(&spec).map_err(|e| e.to_string()));
    let tokens = match tokens {
        Ok(Ok(tokens)) => tokens,
        Ok(Err(why)) => return Err(refuse(why)),
        Err(_) => {
            return Err(refuse(
                SAID.with_borrow_mut(Option::take).unwrap_or_else(|| "it gave up without a reason".into()),
            ));
        }
    };
    syn::parse2(tokens).map_err(|e| refuse(format!("its output is no Rust: {e}")))
}

/// A panic on a generating thread is kept for the message instead of being printed raw.
fn silence_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some(super::THREAD) {
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
