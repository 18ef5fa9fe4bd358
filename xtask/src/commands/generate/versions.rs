//! Where the versions of specs/versions.toml stand: manifests, changelogs, and what the README says to depend on.

use super::glue::sound;
use super::writer::{Writer, read};
use crate::catalog::{Layout, crate_name};
use crate::changelog::{self, Changelog};
use crate::emit::{self, Files, umbrella};
use crate::problem::Problem;
use crate::versions::Versions;
use std::path::PathBuf;

/// The changelog of a service's crate is written in specs/changelogs, where it outlives the crate.
pub fn changelog(layout: &Layout, service: &str, files: &mut Files) -> Result<(), Problem> {
    let name = crate_name(service);
    let text = Changelog::read(&changelog::of_service(layout, &name), &name)?.text();
    sound(&format!("CHANGELOG.md of {name}"), emit::check::markdown(&text))?;
    files.insert(changelog::FILE.into(), text);
    Ok(())
}

/// The version of every crate that is published, in its own manifest and where others depend on it.
pub fn manifests(layout: &Layout, versions: &Versions, writer: &mut Writer<'_>) -> Result<(), Problem> {
    let mut all = vec![layout.root.join("Cargo.toml")];
    for folder in [layout.root.join("crates"), layout.services()] {
        let mut found: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path().join("Cargo.toml")).collect();
        found.sort();
        all.extend(found);
    }
    for path in all.into_iter().filter(|path| path.exists()) {
        writer.file(&path, &stamped(&read(&path)?, versions))?;
    }
    let lock = layout.root.join("Cargo.lock");
    match lock.exists() {
        true => writer.file(&lock, &locked(&read(&lock)?, versions)),
        false => Ok(()),
    }
}

/// Cargo.lock with these versions of what lies in the workspace: what is built with `--locked` needs no run of cargo before.
fn locked(lock: &str, versions: &Versions) -> String {
    let blocks = lock.split("\n\n").map(|block| {
        let value = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.map(|value| value.trim_matches('"'))
        };
        match (value("name"), value("version"), value("source")) {
            (Some(name), Some(version), None) if versions.released(name).is_some() => {
                block.replacen(&format!("version = \"{version}\""), &format!("version = \"{}\"", versions.of(name)), 1)
            }
            _ => block.to_string(),
        }
    });
    blocks.collect::<Vec<_>>().join("\n\n")
}

/// The manifest with these versions. Line by line, so that comments and layout stay.
fn stamped(manifest: &str, versions: &Versions) -> String {
    let (mut section, mut name) = (String::new(), String::new());
    let mut out = String::new();
    for line in manifest.split_inclusive('\n') {
        let key = line.split_once(" = ").map(|(key, _)| key).unwrap_or_default();
        if line.starts_with('[') {
            section = line.trim().into();
        }
        if section == "[package]" && key == "name" {
            name = line.split('"').nth(1).unwrap_or_default().into();
        }
        let of = match (section.as_str(), key) {
            ("[package]", "version") => Some(name.as_str()),
            (_, key) if key.starts_with("dintero") && section.ends_with("dependencies]") => Some(key),
            _ => None,
        };
        let quoted = of.and_then(|of| {
            let at = line.find("version = \"")? + "version = \"".len();
            Some((at, at + line[at..].find('"')?, versions.of(of)))
        });
        match quoted {
            Some((from, to, version)) => out.push_str(&format!("{}{version}{}", &line[..from], &line[to..])),
            None => out.push_str(line),
        }
    }
    out
}

/// What the README says to write into a manifest: by git until the first release, then by version.
pub fn readme(layout: &Layout, versions: &Versions, writer: &mut Writer<'_>) -> Result<(), Problem> {
    let path = layout.root.join("README.md");
    let shown = layout.shown(&path);
    let repository = repository(layout);
    let source = |name: &str| match versions.released("dintero") {
        None => format!("git = \"{repository}\""),
        // Not the next one, which nobody can have yet.
        Some(_) => {
            let version = versions.released(name).map_or_else(|| versions.of(name), String::from);
            let numbers: Vec<&str> = version.split('.').collect();
            let kept = if numbers[0] == "0" { 2 } else { 1 };
            format!("version = \"{}\"", numbers[..kept].join("."))
        }
    };
    let why = match versions.released("dintero") {
        None => "\nNothing is released yet: until then it is taken from the repository.\n",
        Some(_) => "",
    };
    let dependency = format!(
        "{why}\n```toml\n[dependencies]\ndintero = {{ {}, features = [\"payments\"] }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n```\n\n",
        source("dintero")
    );
    let mock = format!(
        "\n```toml\n[dev-dependencies]\ndintero-mock = {{ {}, default-features = false }}\n```\n\n",
        source("dintero-mock")
    );
    let text = umbrella::between(&shown, &read(&path)?, "dependency", &dependency)?;
    writer.file(&path, &umbrella::between(&shown, &text, "mock", &mock)?)
}

/// Where the source lies, as the workspace's manifest says.
pub fn repository(layout: &Layout) -> String {
    let text = std::fs::read_to_string(layout.root.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = toml::from_str(&text).unwrap_or_default();
    let of = |key: &str| Some(manifest.get("workspace")?.get("package")?.get(key)?.as_str()?.to_string());
    of("repository").unwrap_or_default()
}

/// Brings what is on disk to the versions and changelogs there are, without making any crate anew.
pub fn apply(layout: &Layout, versions: &Versions) -> Result<Vec<String>, Problem> {
    let mut writer = Writer::new(layout, false);
    for entry in std::fs::read_dir(layout.services()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().to_string();
        let text = Changelog::read(&changelog::of_service(layout, &name), &name)?.text();
        sound(&format!("CHANGELOG.md of {name}"), emit::check::markdown(&text))?;
        writer.file(&entry.path().join(changelog::FILE), &text)?;
    }
    manifests(layout, versions, &mut writer)?;
    readme(layout, versions, &mut writer)?;
    Ok(writer.changed)
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use super::super::tests::workspace;
    use super::*;
    use crate::drift::levels::Level;
    use crate::versions::file;

    #[test]
    fn a_version_stands_wherever_the_crate_is_named_with_one() {
        let mut versions = Versions::default();
        versions.release("dintero-a");
        versions.raise("dintero-a", Level::Breaking);
        let manifest = "[package]\nname = \"dintero-a\"\nversion = \"0.1.0\" # kept\n[dependencies]\n\
                        dintero-a = { path = \"a\", version = \"0.1.0\", optional = true }\nserde = { version = \"1\" }\n\
                        [dev-dependencies]\ndintero-a = { path = \"a\" }\n";
        let expected = manifest.replace("0.1.0", "0.2.0");
        assert_eq!(stamped(manifest, &versions), expected);
        let lock = "version = 4\n\n[[package]]\nname = \"dintero-a\"\nversion = \"0.1.0\"\n\
                    dependencies = [\n \"serde\",\n]\n\n\
                    [[package]]\nname = \"serde\"\nversion = \"0.1.0\"\nsource = \"registry\"\n";
        assert_eq!(locked(lock, &versions), lock.replacen("0.1.0", "0.2.0", 1));
        let inherits = "[package]\nname = \"dintero-a\"\nversion.workspace = true\n";
        assert_eq!(stamped(inherits, &versions), inherits);
    }

    #[test]
    fn a_crate_has_its_own_version_and_changelog() {
        let (_dir, layout) = workspace();
        run(&layout, &[], false).expect("runs");
        let file_of = |name: &str| std::fs::read_to_string(layout.root.join(name)).expect("there");
        assert!(file_of("crates/services/dintero-good/CHANGELOG.md").contains("First release."));
        let mut versions = Versions::default();
        versions.release("dintero-good");
        versions.raise("dintero-good", Level::Breaking);
        std::fs::write(file(&layout), versions.text()).expect("written");
        let mut log = Changelog::first("dintero-good");
        log.release("0.1.0", "2026-12-01");
        log.note(Level::Breaking, "`a`", &["it is gone".into()]);
        let path = changelog::of_service(&layout, "dintero-good");
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, log.text()).expect("written");
        // The short way and the long one come to the same.
        assert!(!apply(&layout, &versions).expect("applied").is_empty());
        assert_eq!(run(&layout, &[], true).expect("runs").changed, ["crates/dintero/Cargo.toml"; 0]);
        assert!(file_of("crates/services/dintero-good/Cargo.toml").contains("\nversion = \"0.2.0\"\n"));
        assert!(file_of("crates/services/dintero-other/Cargo.toml").contains("\nversion = \"0.1.0\"\n"));
        assert!(file_of("crates/dintero/Cargo.toml").contains("dintero-good\", version = \"0.2.0\""));
        assert!(file_of("crates/services/dintero-good/CHANGELOG.md").contains("- `a`\n  - it is gone"));
    }

    #[test]
    fn the_readme_names_the_repository_until_the_first_release() {
        let (_dir, layout) = workspace();
        std::fs::write(layout.root.join("Cargo.toml"), "[workspace.package]\nrepository = \"https://example.com/x\"\n")
            .expect("written");
        run(&layout, &[], false).expect("runs");
        let readme = || std::fs::read_to_string(layout.root.join("README.md")).expect("there");
        assert!(readme().contains("dintero = { git = \"https://example.com/x\", features"), "{}", readme());
        let mut versions = Versions::default();
        versions.release("dintero");
        apply(&layout, &versions).expect("applied");
        assert!(readme().contains("dintero = { version = \"0.1\", features"), "{}", readme());
        assert!(!readme().contains("git ="), "{}", readme());
        versions.raise("dintero", Level::Breaking);
        apply(&layout, &versions).expect("applied");
        assert!(readme().contains("dintero = { version = \"0.1\", features"), "not one that nobody can have yet");
    }
}
