//! How far each download is: bars on a terminal, one plain line for each that ended elsewhere.

use crate::shown::line;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;

#[derive(Debug)]
pub struct Progress {
    bars: Option<MultiProgress>,
}

/// The bar of one document.
#[derive(Debug)]
pub struct Bar {
    name: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new() -> Self {
        Self { bars: std::io::stderr().is_terminal().then(MultiProgress::new) }
    }

    pub fn bar(&self, name: &str) -> Bar {
        let bar = self.bars.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("{prefix:30} {bytes:>10} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            bars.add(ProgressBar::new(0).with_style(style).with_prefix(name.to_string()))
        });
        Bar { name: name.to_string(), bar }
    }
}

impl Bar {
    pub fn state(&self, state: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(state.to_string());
        }
    }

    pub fn length(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
        }
    }

    pub fn received(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }

    pub fn done(self, outcome: &str) {
        match self.bar {
            Some(bar) => bar.finish_and_clear(),
            None => eprintln!("{}", line(&format!("{}: {outcome}", self.name))),
        }
    }
}
