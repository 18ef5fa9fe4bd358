//! The generated tests: a module of the conformance suite for each service, and the judge's clients and cases.

use super::glue::sound;
use super::writer::{Writer, read};
use crate::catalog::{Catalog, Layout, crate_name};
use crate::emit::judge::{self, Judge};
use crate::emit::{Files, conformance, umbrella};
use crate::problem::Problem;
use std::collections::BTreeMap;
use std::path::Path;

/// A module of the conformance suite for each service; one that was not asked for keeps its own.
pub fn conformance(
    layout: &Layout,
    catalog: &Catalog,
    mut made: BTreeMap<String, String>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let dir = layout.root.join("tests/tests/conformance/services");
    let mut files = Files::new();
    let mut services = Vec::new();
    for entry in catalog.services() {
        let name = format!("{}.rs", entry.service.replace('-', "_"));
        let own = layout.services().join(crate_name(&entry.service)).exists();
        let suite = match made.remove(&entry.service) {
            Some(suite) => suite,
            None => std::fs::read_to_string(dir.join(&name)).unwrap_or_default(),
        };
        if own {
            services.push((entry.service.as_str(), !suite.is_empty()));
        }
        if !suite.is_empty() {
            files.insert(name, suite);
        }
    }
    files.insert("mod.rs".into(), sound(&layout.shown(&dir), conformance::modules(services.into_iter()))?);
    writer.crate_dir(&dir, &files)
}

/// The generated part of tests/judge; a document that was not made in this run keeps its own.
pub fn judge(
    layout: &Layout,
    catalog: &Catalog,
    mut made: BTreeMap<String, Judge>,
    writer: &mut Writer<'_>,
) -> Result<(), Problem> {
    let package = layout.root.join("tests/judge");
    let (clients, cases) = (package.join("src/clients"), package.join("tests/requests/cases"));
    let services = catalog.house.judged.iter().map(|name| {
        let document = layout.shown(&layout.pinned(name));
        (name.as_str(), document, format!("../../{}/{}", layout.shown(&layout.services()), crate_name(name)))
    });
    let fixtures = catalog.fixtures.iter().map(|f| (f.name.as_str(), f.spec.clone(), format!("../../{}", f.out)));
    let (mut client_files, mut case_files) = (Files::new(), Files::new());
    let (mut judged, mut dependencies) = (Vec::new(), Vec::new());
    let all: Vec<_> = services.chain(fixtures).collect();
    for (name, document, folder) in &all {
        let file = format!("{}.rs", name.replace('-', "_"));
        let kept = |dir: &Path| std::fs::read_to_string(dir.join(&file)).unwrap_or_default();
        let made = made.remove(*name).unwrap_or_else(|| Judge { client: kept(&clients), cases: kept(&cases) });
        if made.client.is_empty() {
            continue;
        }
        client_files.insert(file.clone(), made.client);
        case_files.insert(file, made.cases);
        judged.push((*name, document.as_str()));
        dependencies.push((*name, folder.clone()));
    }
    if !package.exists() {
        return Ok(());
    }
    let modules = sound(&layout.shown(&package), judge::modules(&judged))?;
    client_files.insert("mod.rs".into(), modules.client);
    case_files.insert("mod.rs".into(), modules.cases);
    writer.crate_dir(&clients, &client_files)?;
    writer.crate_dir(&cases, &case_files)?;
    let manifest = package.join("Cargo.toml");
    let new = judge::dependencies(&dependencies);
    let text = umbrella::between(&layout.shown(&manifest), &read(&manifest)?, "judged", &new)?;
    writer.file(&manifest, &text)
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::super::tests::workspace;
    use crate::emit::umbrella;

    #[test]
    fn what_is_judged_stands_in_the_catalog() {
        let (dir, layout) = workspace();
        let judge = dir.path().join("tests/judge");
        std::fs::create_dir_all(&judge).expect("a folder");
        let markers = format!("# {} (judged)\n# {} (judged)\n", umbrella::BEGIN, umbrella::END);
        std::fs::write(judge.join("Cargo.toml"), markers).expect("written");
        let catalog = std::fs::read_to_string(layout.catalog()).expect("read");
        let judged = catalog.replace("money_words", "judged = ['good']\nmoney_words");
        std::fs::write(layout.catalog(), judged).expect("written");
        run(&layout, &[], false).expect("runs");
        let client = judge.join("src/clients/good.rs");
        let made = std::fs::read_to_string(&client).expect("made");
        assert!(!judge.join("src/clients/other.rs").exists());
        let manifest = std::fs::read_to_string(judge.join("Cargo.toml")).expect("read");
        assert!(manifest.contains("dintero-good = { path = \"../../crates/services/dintero-good\" }"), "{manifest}");
        // What was not asked for stays, an edit does not.
        assert!(run(&layout, &["other".into()], false).expect("runs").changed.is_empty());
        std::fs::write(&client, format!("{made}// mine\n")).expect("edited");
        assert_eq!(run(&layout, &[], true).expect("runs").changed, ["tests/judge/src/clients/good.rs"]);
        std::fs::write(layout.catalog(), catalog).expect("written");
        run(&layout, &[], false).expect("runs");
        assert!(!client.exists());
    }
}
