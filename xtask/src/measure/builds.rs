//! Runs cargo with the meter in front of rustc.

use super::meter::{self, Cost};
use crate::problem::Problem;
use crate::shown::line;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Builds of one folder of a workspace, into a target folder of their own.
pub struct Builds {
    /// Where cargo runs.
    pub workspace: PathBuf,
    pub target: PathBuf,
}

/// What one cargo run cost.
pub struct Run {
    /// Of each rustc.
    pub costs: Vec<Cost>,
    /// Of cargo with all it started: also build scripts and linkers.
    pub cpu_seconds: f64,
}

impl Builds {
    /// Runs `cargo <args>`, and tells what each rustc cost.
    pub fn run(&self, args: &[&str]) -> Result<Run, Problem> {
        let shown = format!("cargo {}", args.join(" "));
        let failed = |why: String| Problem::new(&shown, "", why, "run it in the folder to see what is wrong");
        std::fs::create_dir_all(&self.target).map_err(|e| Problem::io(&self.target, "make the folder", &e))?;
        let log = self.target.join("meter.log");
        let _ = std::fs::remove_file(&log);
        let meter = std::env::current_exe().map_err(|e| failed(format!("this program cannot be found: {e}")))?;
        let before = meter::children().ok_or_else(|| failed("this system does not tell what a process cost".into()))?.0;
        let out = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(args)
            .current_dir(&self.workspace)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUSTC_WRAPPER", meter)
            .env(meter::LOG, &log)
            // Cargo never builds incrementally what comes from a registry, as these crates do for those who use them.
            .env("CARGO_INCREMENTAL", "0")
            // What the caller's cargo says of this program is not meant for that one.
            .env_remove("CARGO_MANIFEST_DIR")
            .stdin(Stdio::null())
            .output()
            .map_err(|e| failed(format!("cargo cannot be run: {e}")))?;
        if !out.status.success() {
            let said = String::from_utf8_lossy(&out.stderr);
            let first = said.lines().count().saturating_sub(20);
            said.lines().skip(first).for_each(|told| eprintln!("{}", line(told)));
            return Err(failed("it failed; the end of what cargo said stands above".into()));
        }
        let cpu_seconds = meter::children().map_or(0.0, |(after, _)| after - before);
        let costs = meter::read(&std::fs::read_to_string(&log).unwrap_or_default());
        Ok(Run { costs, cpu_seconds })
    }

    /// `cargo check` of one crate alone; its dependencies were checked before.
    pub fn check(&self, package: &str) -> Result<Cost, Problem> {
        self.run(&["clean", "--quiet", "--package", package])?;
        let run = self.run(&["check", "--quiet", "--package", package])?;
        let name = package.replace('-', "_");
        run.costs.into_iter().find(|c| c.crate_name == name).ok_or_else(|| {
            Problem::new(package, "", "cargo did not check it", "look whether it is a package of that workspace")
        })
    }
}

/// A program that depends on these and does nothing, built from nothing.
pub fn program(target: &Path, name: &str, dependencies: &str, lock: &Path) -> Result<(f64, u64), Problem> {
    let dir = target.join(format!("program-{name}"));
    let io = |e| Problem::io(&dir, "make the program", &e);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(dir.join("src")).map_err(io)?;
    let manifest = format!(
        "[package]\nname = \"program-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n[workspace]\n"
    );
    std::fs::write(dir.join("Cargo.toml"), manifest).map_err(io)?;
    std::fs::write(dir.join("src/main.rs"), "fn main() {}\n").map_err(io)?;
    // The same versions on both sides.
    std::fs::copy(lock, dir.join("Cargo.lock")).map_err(io)?;
    let builds = Builds { workspace: dir.clone(), target: dir.join("target") };
    let run = builds.run(&["build", "--quiet"])?;
    std::fs::remove_dir_all(&dir).map_err(io)?;
    let peak = run.costs.iter().map(|c| c.peak_bytes).max().unwrap_or_default();
    Ok((run.cpu_seconds, peak))
}
