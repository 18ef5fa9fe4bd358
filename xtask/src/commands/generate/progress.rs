//! How far a run is: a bar on a terminal, a line each elsewhere.

use super::made::Made;
use crate::problem::Problem;
use crate::shown::line;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// A bar on a terminal, a line each elsewhere.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(count: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(count as u64).with_style(style)
        });
        Self { bar }
    }

    pub fn done(&self, service: &str, made: &Result<Made, Problem>) {
        let text = match made {
            Ok(made) => {
                let warnings = made.service.changes.iter().filter(|c| c.warning).count();
                let lines: usize = made.files.values().map(|f| f.lines().count()).sum();
                format!("{service}: {} operations, {lines} lines, {warnings} warnings", made.calls())
            }
            Err(_) => format!("{service}: failed"),
        };
        match &self.bar {
            Some(bar) => {
                bar.set_message(service.to_string());
                bar.inc(1);
            }
            None => eprintln!("{}", line(&text)),
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
