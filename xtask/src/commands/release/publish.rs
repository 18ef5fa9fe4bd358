//! Publishes what the registry does not have. cargo knows the order and waits for each crate to be there; what went out
//! before a failure is left out of the next run, so a release ends wherever it was interrupted.

use super::check;
use super::registry::{FIRST, Registry};
use crate::catalog::Layout;
use crate::problem::Problem;
use crate::versions::Versions;
use std::process::{Command, ExitCode};

/// What one run has to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order of their needs.
    pub publish: Vec<String>,
    pub there: Vec<String>,
    /// Of those to publish: the registry does not know the crate.
    pub first: Vec<String>,
}

pub fn plan(layout: &Layout, index: &str) -> Result<Plan, Problem> {
    let (packages, versions) = (super::packages::read(layout)?, Versions::read(layout)?);
    let registry = Registry::new(index)?;
    let mut plan = Plan::default();
    for package in super::packages::in_order(&packages) {
        let name = package.name.clone();
        match registry.versions(&name)? {
            Some(there) if there.contains(&versions.of(&name)) => plan.there.push(name),
            Some(_) => plan.publish.push(name),
            None => {
                plan.first.push(name.clone());
                plan.publish.push(name);
            }
        }
    }
    Ok(plan)
}

/// The command, whose `--exclude` are the crates that are there. It builds nothing: a build script of others would see the
/// token, and all was built from its packages before.
pub fn arguments(plan: &Plan) -> Vec<String> {
    let excluded = plan.there.iter().flat_map(|name| ["--exclude".to_string(), name.clone()]);
    ["publish", "--workspace", "--locked", "--no-verify"].map(String::from).into_iter().chain(excluded).collect()
}

pub fn run(layout: &Layout, index: &str, first: bool, dry_run: bool) -> Result<ExitCode, Problem> {
    let report = check::run(layout, None)?;
    if !report.missing.is_empty() {
        report.missing.iter().for_each(|problem| eprintln!("error: {problem}"));
        return Ok(ExitCode::FAILURE);
    }
    if let Some(row) = report.rows.first() {
        let reason = format!("{} {} waits, and nothing is published that is not prepared", row.name, row.version);
        return Err(Problem::new(
            "specs/versions.toml",
            "",
            reason,
            "run `cargo xtask release --prepare`, commit, tag",
        ));
    }
    let plan = plan(layout, index)?;
    println!("{} there, {} to publish", plan.there.len(), plan.publish.len());
    plan.publish.iter().for_each(|name| println!("  {name}"));
    if plan.publish.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if !plan.first.is_empty() && !first {
        println!("{FIRST}");
        return Err(Problem::new(
            index,
            "",
            format!("does not know {}; nothing was published", plan.first.join(", ")),
            "publish new crates by hand first; see above",
        ));
    }
    let arguments = arguments(&plan);
    println!("cargo {}", arguments.join(" "));
    if dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(&arguments).current_dir(&layout.root).status();
    let status = status.map_err(|e| Problem::new("cargo", "", format!("cannot be run: {e}"), "install it"))?;
    match status.success() {
        true => Ok(ExitCode::SUCCESS),
        false => {
            eprintln!("error: not all was published\n  help: run this again: what went out is left out then");
            Ok(ExitCode::FAILURE)
        }
    }
}
