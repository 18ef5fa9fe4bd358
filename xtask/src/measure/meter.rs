//! Counts what one rustc costs: this program, put in front of it by `RUSTC_WRAPPER`.
//!
//! CPU seconds, as wall time says little where others work too; and only of rustc, so that neither cargo nor another
//! crate's build is in the figure.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Names the log; set only for the builds that are measured.
pub const LOG: &str = "DINTERO_XTASK_METER";

/// What one rustc cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// As rustc names the crate, with `_`.
    pub crate_name: String,
    pub cpu_seconds: f64,
    pub peak_bytes: u64,
}

/// Stands in front of rustc, if it was put there.
pub fn in_front_of_rustc() -> Option<ExitCode> {
    let log = std::env::var_os(LOG)?;
    let mut args = std::env::args_os().skip(1);
    let rustc = args.next()?;
    let args: Vec<OsString> = args.collect();
    let status = match Command::new(&rustc).args(&args).status() {
        Ok(status) => status,
        Err(e) => {
            eprintln!("error: cannot run {}: {e}", rustc.display());
            return Some(ExitCode::FAILURE);
        }
    };
    let named = args.iter().position(|a| a == "--crate-name").and_then(|i| args.get(i + 1));
    if let (Some(name), Some((cpu, peak))) = (named, children()) {
        let line = format!("{}\t{cpu}\t{peak}\n", name.to_string_lossy());
        // One write: lines of several rustc at once do not mix.
        let file = std::fs::OpenOptions::new().append(true).create(true).open(Path::new(&log));
        if let Err(e) = file.and_then(|mut f| f.write_all(line.as_bytes())) {
            eprintln!("error: cannot write {}: {e}", log.display());
            return Some(ExitCode::FAILURE);
        }
    }
    Some(ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)))
}

/// CPU seconds of all that this process has run and waited for, and the most memory one of them held.
#[cfg(unix)]
pub fn children() -> Option<(f64, u64)> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
    // Kilobytes, but on macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let peak = u64::try_from(usage.max_rss()).unwrap_or_default() * unit;
    Some((seconds(usage.user_time()) + seconds(usage.system_time()), peak))
}

#[cfg(not(unix))]
pub fn children() -> Option<(f64, u64)> {
    None
}

/// The lines of a log.
pub fn read(text: &str) -> Vec<Cost> {
    let line = |line: &str| {
        let mut parts = line.split('\t');
        Some(Cost {
            crate_name: parts.next()?.to_string(),
            cpu_seconds: parts.next()?.parse().ok()?,
            peak_bytes: parts.next()?.parse().ok()?,
        })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_and_a_torn_line_is_left_out() {
        let costs = read("serde\t1.5\t1024\ndintero_odd\t0.25\t2048\nbroken\t1");
        assert_eq!(costs.len(), 2);
        assert_eq!(costs[1], Cost { crate_name: "dintero_odd".into(), cpu_seconds: 0.25, peak_bytes: 2048 });
    }

    #[cfg(unix)]
    #[test]
    fn what_children_cost_is_seen() {
        assert!(Command::new("true").status().is_ok_and(|s| s.success()));
        let (_, peak) = children().expect("a Unix tells");
        assert!(peak > 0);
    }
}
