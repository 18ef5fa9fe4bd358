//! `cargo xtask measure`: lines, types, and what compiling costs, beside what else a user could take.

use super::generate;
use crate::catalog::{Catalog, Layout};
use crate::measure::builds::{Builds, program};
use crate::measure::meter::Cost;
use crate::measure::size::{self, Size};
use crate::problem::{Problem, of_toml};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Odd, so that the median is one of them.
const ROUNDS: usize = 3;

#[derive(Debug, Serialize)]
pub struct Report {
    pub crates: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Program>,
}

#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    #[serde(flatten)]
    pub size: Size,
    pub lines_per_operation: Option<usize>,
    /// `cargo check` of this crate alone, the median of three.
    pub check_cpu_seconds: f64,
    pub peak_megabytes: u64,
}

/// A clean dev build of a program that does nothing.
#[derive(Debug, Serialize)]
pub struct Program {
    pub depends_on: String,
    pub cpu_seconds: f64,
    pub peak_megabytes: u64,
}

/// One crate to be checked: its folder, its package, and the workspace that builds it.
struct Subject {
    dir: PathBuf,
    package: String,
    builds: Builds,
}

/// The generated crates, and a program with the first of them beside one with reqwest alone.
pub fn services(layout: &Layout, asked: &[String]) -> Result<Report, Problem> {
    let catalog = Catalog::read(layout)?;
    let target = layout.root.join("target/measure");
    let subjects: Vec<Subject> = catalog
        .select(layout, asked)?
        .into_iter()
        .filter_map(|d| d.crate_name())
        .map(|package| Subject {
            dir: layout.services().join(&package),
            builds: Builds { workspace: layout.root.clone(), target: target.clone() },
            package,
        })
        .collect();
    let crates = checked(&subjects)?;
    let mut programs = Vec::new();
    if let Some(first) = subjects.first() {
        let path = first.dir.canonicalize().map_err(|e| Problem::io(&first.dir, "find the crate", &e))?;
        let own = format!("{} = {{ path = {:?} }}\n", first.package, path.display().to_string());
        let rest = "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\ntokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }\n";
        let lock = layout.root.join("Cargo.lock");
        for (name, depends_on, dependencies) in [
            ("reqwest", "reqwest, rustls, tokio, serde, serde_json", format!("{}{rest}", reqwest(layout)?)),
            (first.package.as_str(), first.package.as_str(), own),
        ] {
            let (cpu_seconds, peak) = program(&target, name, &dependencies, &lock)?;
            programs.push(Program { depends_on: depends_on.into(), cpu_seconds, peak_megabytes: peak >> 20 });
        }
    }
    Ok(Report { crates, programs })
}

/// reqwest with the TLS that the runtime has by default, as its manifest says it.
fn reqwest(layout: &Layout) -> Result<String, Problem> {
    let path = layout.root.join("crates/dintero-client/Cargo.toml");
    let shown = layout.shown(&path);
    let text = std::fs::read_to_string(&path).map_err(|e| Problem::io(&path, "read the manifest", &e))?;
    let manifest: toml::Table = toml::from_str(&text)
        .map_err(|e| Problem::new(&shown, "", format!("is no manifest: {}", of_toml(&e)), "mend it"))?;
    let mut out = String::from(
        "reqwest = { version = \"0.13\", default-features = false, features = [\"json\", \"rustls-no-provider\"] }\n",
    );
    for name in ["rustls", "rustls-platform-verifier"] {
        let entry = manifest.get("dependencies").and_then(|d| d.get(name)).and_then(toml::Value::as_table);
        let Some(mut entry) = entry.cloned() else {
            return Err(Problem::new(shown, "/dependencies", format!("`{name}` is not there"), "mend the measurement"));
        };
        entry.remove("optional");
        let inline: Vec<String> = entry.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        out.push_str(&format!("{name} = {{ {} }}\n", inline.join(", ")));
    }
    Ok(out)
}

/// A crate made from any document, beside one of another make.
pub fn beside(layout: &Layout, spec: &Path, rival: Option<&Path>) -> Result<Report, Problem> {
    let target = layout.root.join("target/measure");
    let dir = target.join("dintero-measured");
    generate::from_spec(layout, spec, "measured", &dir, None, &[])?;
    let builds = |dir: &Path| Builds { workspace: dir.to_path_buf(), target: target.clone() };
    let mut subjects = vec![Subject { builds: builds(&dir), package: "dintero-measured".into(), dir }];
    if let Some(rival) = rival {
        let manifest = rival.join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).map_err(|e| Problem::io(&manifest, "read the manifest", &e))?;
        let package = toml::from_str::<toml::Table>(&text)
            .ok()
            .and_then(|t| Some(t.get("package")?.get("name")?.as_str()?.to_string()));
        let Some(package) = package else {
            let shown = manifest.display().to_string();
            return Err(Problem::new(
                shown,
                "/package/name",
                "the package has no name",
                "name the folder of a package",
            ));
        };
        subjects.push(Subject { builds: builds(rival), package, dir: rival.to_path_buf() });
    }
    Ok(Report { crates: checked(&subjects)?, programs: Vec::new() })
}

/// In turn, so that what else the machine does falls on all alike.
fn checked(subjects: &[Subject]) -> Result<Vec<Row>, Problem> {
    for subject in subjects {
        subject.builds.run(&["check", "--quiet", "--package", &subject.package])?;
    }
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); subjects.len()];
    for _ in 0..ROUNDS {
        for (subject, costs) in subjects.iter().zip(&mut costs) {
            costs.push(subject.builds.check(&subject.package)?);
        }
    }
    let row = |(subject, mut costs): (&Subject, Vec<Cost>)| {
        costs.sort_by(|a, b| a.cpu_seconds.total_cmp(&b.cpu_seconds));
        let size = size::of(&subject.dir)?;
        Ok(Row {
            name: subject.package.clone(),
            lines_per_operation: size.lines_per_operation(),
            size,
            check_cpu_seconds: costs.get(costs.len() / 2).map_or(0.0, |c| c.cpu_seconds),
            peak_megabytes: costs.iter().map(|c| c.peak_bytes).max().unwrap_or_default() >> 20,
        })
    };
    subjects.iter().zip(costs).map(row).collect()
}

pub fn text(report: &Report) -> String {
    let mut out = format!(
        "{:<28} {:>7} {:>6} {:>10} {:>9} {:>9} {:>8}\n",
        "crate", "lines", "types", "operations", "lines/op", "check s", "peak MB"
    );
    for row in &report.crates {
        let per = row.lines_per_operation.map_or_else(|| "-".into(), |n| n.to_string());
        out.push_str(&format!(
            "{:<28} {:>7} {:>6} {:>10} {:>9} {:>9.2} {:>8}\n",
            row.name,
            row.size.lines,
            row.size.types,
            row.size.operations,
            per,
            row.check_cpu_seconds,
            row.peak_megabytes
        ));
    }
    if let [own, rival] = report.crates.as_slice()
        && report.programs.is_empty()
        && rival.check_cpu_seconds > 0.0
    {
        let ratio = own.check_cpu_seconds / rival.check_cpu_seconds;
        out.push_str(&format!("{} takes {ratio:.2} of the CPU time of {}\n", own.name, rival.name));
    }
    if let [bare, own] = report.programs.as_slice() {
        out.push_str("\nclean dev build of a program\n");
        for program in [bare, own] {
            out.push_str(&format!(
                "{:<44} {:>6.1} CPU s, {:>5} MB\n",
                program.depends_on, program.cpu_seconds, program.peak_megabytes
            ));
        }
        out.push_str(&format!("ratio {:.2}\n", own.cpu_seconds / bare.cpu_seconds));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_beside_has_the_tls_of_the_runtime() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_path_buf();
        let lines = reqwest(&Layout { root }).expect("the manifest names them");
        let table: toml::Table = toml::from_str(&lines).expect("is TOML");
        assert!(table["rustls"]["features"].as_array().is_some_and(|f| f.iter().any(|f| f.as_str() == Some("ring"))));
        assert!(table["rustls"].get("optional").is_none());
    }
}
