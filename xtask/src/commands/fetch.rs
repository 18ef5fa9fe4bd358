//! `cargo xtask fetch`: pins what is published now.

use crate::catalog::Layout;
use crate::fetch::pin::{self, Manner, Report};
use crate::fetch::{report, store};
use crate::problem::Problem;
use std::process::ExitCode;

/// Nothing could be reached, and nothing was changed.
pub const UNREACHABLE: u8 = 3;

pub fn run(layout: &Layout, services: &[String], base_url: Option<&str>) -> Result<ExitCode, Problem> {
    let guard = store::lock(layout)?;
    let report = pin::run(layout, &guard, services, base_url, Manner::default())?;
    Ok(tell(&report))
}

/// Prints the report; the exit code that it deserves.
pub fn tell(report: &Report) -> ExitCode {
    print!("{}", report::text(report));
    for problem in &report.problems {
        eprintln!("error: {problem}");
    }
    match report {
        Report { unreachable: true, .. } => UNREACHABLE.into(),
        Report { problems, .. } if !problems.is_empty() => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}
