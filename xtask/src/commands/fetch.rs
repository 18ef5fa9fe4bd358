//! `cargo xtask fetch`: pins what is published now.

use crate::catalog::Layout;
use crate::fetch::pin::{self, Manner, Report};
use crate::fetch::{report, store};
use crate::problem::Problem;
use std::process::ExitCode;

/// Nothing could be reached, and nothing was changed.
pub const UNREACHABLE: u8 = 3;

pub fn run(
    layout: &Layout,
    services: &[String],
    base_url: Option<&str>,
    timeout: Option<u64>,
) -> Result<ExitCode, Problem> {
    let guard = store::lock(layout)?;
    let report = pin::run(layout, &guard, services, base_url, Manner::within(timeout))?;
    let code = tell(&report);
    if !report.unreachable {
        super::obsolete(layout, services)?.iter().for_each(|problem| eprintln!("warning: {problem}"));
    }
    Ok(code)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_tells_how_it_ended() {
        let problems = vec![Problem::new("https://docs.example.com/a.yaml", "", "is gone", "look for it")];
        assert_eq!(tell(&Report::default()), ExitCode::SUCCESS);
        assert_eq!(tell(&Report { problems: problems.clone(), ..Report::default() }), ExitCode::FAILURE);
        assert_eq!(tell(&Report { problems, unreachable: true, ..Report::default() }), ExitCode::from(3));
    }
}
