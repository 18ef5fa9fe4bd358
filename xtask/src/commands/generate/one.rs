//! A single document that is no service of the catalog: one by `--spec`, or a fixture of the tests.

use super::made::tell_without;
use super::writer::{Writer, is_ours};
use crate::api::Api;
use crate::catalog::{Catalog, Fixture, Layout};
use crate::document;
use crate::emit::judge::{self, Judge};
use crate::emit::package::Home;
use crate::emit::{self, Emitted, Files};
use crate::gate::{Hosts, Received};
use crate::lower::collect::NO_HOST;
use crate::lower::settled;
use crate::model::Service;
use crate::names_lock::Names;
use crate::problem::Problem;
use crate::versions::FIRST;
use dintero_codegen::thread::on_thread;
use std::path::{Path, PathBuf};

/// The names lock of a crate outside the catalog, in its own folder.
const NAMES: &str = "names.toml";

/// A crate from any document, outside the catalog.
pub fn from_spec(
    layout: &Layout,
    spec: &Path,
    name: &str,
    out: &Path,
    base_url: Option<&str>,
    allow_hosts: &[String],
) -> Result<(PathBuf, Service), Problem> {
    let catalog = Catalog::read(layout)?;
    Hosts::check("--allow-host", allow_hosts)?;
    let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !sound {
        return Err(Problem::new(
            "--name",
            "",
            format!("`{name}` cannot be part of a crate's name"),
            "use lower case letters, digits and dashes, beginning with a letter",
        ));
    }
    let shown = spec.display().to_string();
    let root = layout.root.canonicalize().map_err(|e| Problem::io(&layout.root, "find the workspace", &e))?;
    let home = Home {
        workspace: false,
        fixture: false,
        version: FIRST.into(),
        crates: root.join("crates").display().to_string(),
        reference: "",
        hosts: allow_hosts,
    };
    let source = spec.file_name().map(|f| f.to_string_lossy().to_string()).unwrap_or_default();
    // What is there and was not made here stays.
    if out.exists() && !is_ours(out) {
        return Err(Problem::new(
            out.display().to_string(),
            "",
            "the folder exists and is not a crate that was generated",
            "name another folder, or remove it",
        ));
    }
    // A crate that is made again of a later document keeps its names.
    let lock = out.join(NAMES);
    let mut names = Names::read(&lock, &lock.display().to_string())?;
    let (service, files) = on_thread(&shown, || {
        let mut service = service_of(&catalog, spec, name, allow_hosts, &mut names)?;
        if let Some(base) = base_url {
            place_at(&mut service, base)?;
        }
        let api = Api::of(&service, &catalog.policy())?;
        let Emitted { mut files, without, .. } = emit::run(&service, &api, &source, &home)?;
        tell_without(&mut service, &without);
        files.insert(NAMES.into(), names.text());
        Ok((service, files))
    })?;
    let mut writer = Writer::new(layout, false);
    writer.crate_dir(out, &files)?;
    Ok((out.to_path_buf(), service))
}

pub fn fixture(
    catalog: &Catalog,
    spec: &Path,
    source: &str,
    fixture: &Fixture,
    home: &Home<'_>,
) -> Result<(Files, Judge), Problem> {
    let service = service_of(catalog, spec, &fixture.name, &fixture.hosts, &mut Names::default())?;
    let api = Api::of(&service, &catalog.policy())?;
    let Emitted { files, .. } = emit::run(&service, &api, source, home)?;
    let judge = judge::run(&service, source, &catalog.house.account_parameters)?;
    Ok((files, judge))
}

/// A document outside of the catalog: hosts beyond the house's are `allowed` by who asks.
fn service_of(
    catalog: &Catalog,
    spec: &Path,
    name: &str,
    allowed: &[String],
    names: &mut Names,
) -> Result<Service, Problem> {
    let received = Received::new(document::read(spec)?);
    settled(&spec.display().to_string(), name, received, &catalog.policy_outside(allowed), names)
}

/// Servers that are no absolute address begin here.
fn place_at(service: &mut Service, base: &str) -> Result<(), Problem> {
    let base = base.trim_end_matches('/');
    let host = base.strip_prefix("https://").or(base.strip_prefix("http://"));
    if host.is_none_or(str::is_empty) {
        let remedy = "give one such as https://api.example.com";
        return Err(Problem::new("--base-url", "", format!("`{base}` is no address of a server"), remedy));
    }
    for op in &mut service.operations {
        if !op.server.contains("://") {
            let path = op.server.trim_start_matches('/');
            op.server = format!("{base}/{path}").trim_end_matches('/').into();
        }
    }
    service.changes.retain(|change| !change.what.ends_with(NO_HOST) || change.what.contains("://"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DOCUMENT, workspace};
    use super::*;

    #[test]
    fn a_folder_that_was_not_made_here_is_not_overwritten() {
        let (dir, layout) = workspace();
        let out = dir.path().join("mine");
        std::fs::create_dir_all(&out).expect("a folder");
        std::fs::write(out.join("letters.txt"), "dear").expect("written");
        let problem = from_spec(&layout, &layout.pinned("good"), "x", &out, None, &[]).expect_err("refused");
        assert!(problem.reason.contains("not a crate that was generated"), "{problem}");
        assert!(out.join("letters.txt").exists());
        let problem = from_spec(&layout, &layout.pinned("good"), "No Name", &dir.path().join("new"), None, &[])
            .expect_err("refused");
        assert!(problem.reason.contains("cannot be part of a crate's name"), "{problem}");
        let (made, service) =
            from_spec(&layout, &layout.pinned("good"), "x", &dir.path().join("new"), None, &[]).expect("made");
        assert!(made.join("src/lib.rs").exists());
        assert_eq!(service.operations[0].name, "list_things");
    }

    #[test]
    fn a_document_without_a_host_takes_one() {
        let (dir, layout) = workspace();
        let spec = dir.path().join("spec.yaml");
        for (published, server) in [
            ("https://api.example.com", "https://api.example.com"),
            ("/v1", "https://here.example.com/base/v1"),
            ("", "https://here.example.com/base"),
        ] {
            std::fs::write(&spec, DOCUMENT.replace("https://api.example.com", published)).expect("written");
            let out = dir.path().join("new");
            let (_, service) = from_spec(&layout, &spec, "x", &out, None, &[]).expect("made");
            let warnings = service.changes.iter().filter(|c| c.warning && c.what.ends_with(NO_HOST)).count();
            assert_eq!(warnings, usize::from(server != published), "{published}");
            let base = Some("https://here.example.com/base/");
            let (_, service) = from_spec(&layout, &spec, "x", &out, base, &[]).expect("made");
            assert_eq!(service.operations[0].server, server);
            assert!(!service.changes.iter().any(|c| c.what.ends_with(NO_HOST)));
        }
        let problem = from_spec(&layout, &spec, "x", &dir.path().join("new"), Some("here"), &[]).expect_err("refused");
        assert!(problem.reason.contains("is no address"), "{problem}");
    }
}
