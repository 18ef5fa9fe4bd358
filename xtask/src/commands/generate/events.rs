//! What is kept as tables over all documents: what Dintero sends, with the glue of dintero-events, and what moves money.

use super::glue::sound;
use super::writer::{Writer, files_under, read};
use crate::catalog::{Catalog, Layout};
use crate::emit::{self, umbrella, webhook};
use crate::problem::Problem;
use crate::shown::line;
use crate::versions::Versions;

/// The generated part of dintero-events. What was not made in this run stays as the table of events has it.
pub fn webhooks(
    layout: &Layout,
    catalog: &Catalog,
    sent: webhook::Table,
    samples: &webhook::Samples,
    versions: &Versions,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let (package, file) = (layout.receiver(), layout.events());
    if !package.exists() {
        return Ok(());
    }
    let order: Vec<String> = catalog.services().map(|d| d.service.clone()).collect();
    let mut table = match file.exists() {
        true => webhook::read_table(&layout.shown(&file), &read(&file)?)?,
        false => webhook::Table::new(),
    };
    table.extend(sent);
    table.retain(|service, sent| order.contains(service) && *sent != webhook::Sent::default());
    let text = webhook::table_text(&table)
        .map_err(|why| Problem::new(layout.shown(&file), "", format!("cannot be written: {why}"), "report it"))?;
    writer.file(&file, &text)?;
    let room = package.join("samples");
    let kept =
        files_under(&room, &room).into_iter().filter_map(|f| Some((f.clone(), read(&room.join(f)).ok()?))).collect();
    let glue = webhook::glue(&table, &order, samples, &kept, &|name| versions.of(name));
    let glue = sound(&layout.shown(&package), glue)?;
    for warning in &glue.warnings {
        eprintln!("{}", line(&format!("warning: {warning}")));
    }
    sound(&layout.shown(&package.join("README.md")), emit::check::markdown(&glue.readme))?;
    for (name, text) in &glue.sources {
        let macros: &[&str] = if name == "src/samples.rs" { &["include_str"] } else { &["events"] };
        sound(&layout.shown(&package.join(name)), emit::check::glue("it", text, macros))?;
        writer.file(&package.join(name), text)?;
    }
    writer.crate_dir(&room, &glue.samples)?;
    for (name, part, new) in [("Cargo.toml", "services", &glue.dependencies), ("README.md", "events", &glue.readme)] {
        let path = package.join(name);
        let text = umbrella::between(&layout.shown(&path), &read(&path)?, part, new)?;
        writer.file(&path, &text)?;
    }
    Ok(())
}

/// What moves money; what was not made in this run stays as it stands.
pub fn money(
    layout: &Layout,
    catalog: &Catalog,
    made: emit::money::Table,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let path = layout.money();
    let mut table = emit::money::read(&std::fs::read_to_string(&path).unwrap_or_default());
    table.extend(made);
    writer.file(&path, &emit::money::text(&table, catalog.services().map(|d| d.service.as_str())))
}
