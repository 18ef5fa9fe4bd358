//! What changed since the document before, told of the same model that the crate is written of.

use crate::api::Api;
use crate::catalog::{Catalog, Layout};
use crate::drift::{Change, Source, compare};
use crate::gate::Received;
use crate::model::Service;
use crate::names_lock::Names;
use crate::overlay;
use crate::problem::Problem;
use dintero_codegen::thread::guarded;
use serde_json::Value;
use std::rc::Rc;

/// What changed, or why that cannot be told.
pub type Compared = Result<Vec<Change>, Problem>;

/// The service back, and what changed. What cannot be compared is no fault of the crate.
pub fn run(
    layout: &Layout,
    catalog: &Catalog,
    shown: &str,
    old: &Value,
    (received, service, api): (Received, Service, &Api),
) -> Result<(Service, Compared), Problem> {
    let (name, service) = (service.name.clone(), Rc::new(service));
    let found = guarded(shown, || {
        let policy = catalog.policy();
        // As it stood before this run: the document before chose its names first.
        let path = layout.names(&name);
        let mut names = Names::read(&path, &layout.shown(&path))?;
        let mut before = Received::new(old.clone());
        overlay::apply(layout, &name, &mut before)?;
        let old = Source::new(shown, &name, before, &policy, &mut names)?;
        let new = Source::made(shown, received, Rc::clone(&service), api)?;
        compare(&name, &old, &new)
    });
    let lost =
        |_| Problem::new(shown, "", "the comparison has kept the document", "report it: it is a fault of this tool");
    Ok((Rc::try_unwrap(service).map_err(lost)?, found))
}
