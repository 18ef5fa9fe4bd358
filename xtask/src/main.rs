//! What a person can ask for: fetch and pin documents, write the crates that `dintero-codegen` makes of them, tell drift.

// First, since those after it print by it. A test prints as the harness wants it.
#[cfg(not(test))]
#[macro_use]
mod output;

mod changelog;
mod commands;
#[cfg(test)]
mod end_to_end;
mod fetch;
#[cfg(test)]
mod hostile;
mod measure;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod old_callers;
#[cfg(test)]
mod oracle;
mod pool;
#[cfg(test)]
mod upstream;
mod versions;
mod workspace;

// What a document becomes is decided there; this program asks, fetches and writes.
use dintero_codegen::{
    api, catalog, document, drift, emit, gate, lock, lower, model, names, names_lock, overlay, problem, shown,
};

use catalog::Layout;
use clap::{Parser, Subcommand, ValueEnum};
use problem::Problem;
use shown::line;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Follows Dintero's published interface: generates the client crates",
    max_term_width = 100
)]
struct Cli {
    /// The Cargo.toml of the workspace to work on; that of the current folder when not given
    #[arg(long, global = true, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Download what is published now, and pin it. Exit codes: 1 a document failed, 3 nothing could be reached
    Fetch {
        /// Services of specs/catalog.toml, with their older copies; the whole catalog when none is given
        services: Vec<String>,
        /// Another origin in place of the publisher's, such as http://127.0.0.1:8000
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        /// For all documents together, with every attempt and wait; 120 when not given
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
        timeout: Option<u64>,
    },
    /// Write the client crates from the pinned documents
    Generate {
        /// Services of specs/catalog.toml; all when none is given
        #[arg(conflicts_with = "spec")]
        services: Vec<String>,
        /// Write nothing; fail and name the files when something would change
        #[arg(long, conflicts_with = "spec")]
        check: bool,
        /// A crate from this OpenAPI or Swagger document instead, outside the catalog
        #[arg(long, requires = "name", requires = "out")]
        spec: Option<PathBuf>,
        /// The crate's name after `dintero-`
        #[arg(long, requires = "spec")]
        name: Option<String>,
        /// The folder of the crate
        #[arg(long, requires = "spec")]
        out: Option<PathBuf>,
        /// Where the servers are that the document names without a host
        #[arg(long, requires = "spec", value_name = "URL")]
        base_url: Option<String>,
        /// A host, or a suffix such as `.example.com`, that the document's calls may send a credential to
        #[arg(long, requires = "spec", value_name = "HOST")]
        allow_host: Vec<String>,
        /// Tell every fault of the documents that was mended
        #[arg(long)]
        warnings: bool,
    },
    /// Fetch, generate, and tell what changed and which version is due. Exit codes as for fetch; 1 also if not all stands
    Sync {
        #[command(flatten)]
        ask: commands::sync::Ask,
    },
    /// What upstream changed since it was pinned, and what that means for callers; changes nothing
    Drift {
        #[command(flatten)]
        ask: commands::drift::Ask,
    },
    /// What the overlay and each lowering pass did to a document, or to one thing in it
    Explain {
        /// The service, and a JSON pointer, an operation (id, method name, `METHOD /path`) or a schema (published or
        /// generated name); with --spec the latter alone
        #[arg(value_name = "SERVICE [POINTER|OPERATION|SCHEMA]")]
        what: Vec<String>,
        /// Any document instead, outside the catalog
        #[arg(long, value_name = "FILE")]
        spec: Option<PathBuf>,
    },
    /// What the catalog lists, what is pinned, what was made of it
    Status {
        #[arg(long, value_enum, default_value = "text")]
        format: StatusFormat,
    },
    /// Lines, types, and the cost of compiling: of the crates and of a program with the first of them
    Measure {
        /// Services of specs/catalog.toml; all when none is given
        #[arg(conflicts_with = "spec")]
        services: Vec<String>,
        /// A crate made from this document instead
        #[arg(long)]
        spec: Option<PathBuf>,
        /// The folder of another crate, checked in turn with that one
        #[arg(long, requires = "spec")]
        beside: Option<PathBuf>,
        #[arg(long, value_enum, default_value = "text")]
        format: StatusFormat,
    },
    /// What a release would publish and what is missing for it, and its steps
    Release {
        #[command(flatten)]
        ask: commands::release::Ask,
    },
    /// Every operation of every pinned document
    Operations {
        #[arg(long, value_enum, default_value = "tsv")]
        format: TableFormat,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum StatusFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum TableFormat {
    Json,
    Tsv,
}

fn main() -> ExitCode {
    if let Some(code) = measure::meter::in_front_of_rustc() {
        return code;
    }
    let cli = Cli::parse();
    let layout = workspace::find(cli.manifest_path.as_deref());
    match layout.and_then(|layout| run(cli.command, &layout)) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, layout: &Layout) -> Result<ExitCode, Problem> {
    fetch::store::settle_leftovers(layout)?;
    match command {
        Command::Fetch { services, base_url, timeout } => {
            commands::fetch::run(layout, &services, base_url.as_deref(), timeout)
        }
        Command::Generate { spec: Some(spec), name, out, base_url, allow_host, warnings, .. } => {
            let (name, out) = (name.unwrap_or_default(), out.unwrap_or_default());
            let (dir, service) =
                commands::generate::from_spec(layout, &spec, &name, &out, base_url.as_deref(), &allow_host)?;
            if warnings {
                for change in service.changes.iter().filter(|c| c.warning) {
                    eprintln!("{}", line(&format!("warning: {}#{}: {}", service.file, change.pointer, change.what)));
                }
            }
            let calls = service.operations.iter().filter(|op| op.kind == model::OperationKind::Call).count();
            println!("{}: {calls} operations", dir.display());
            Ok(ExitCode::SUCCESS)
        }
        Command::Generate { services, check, .. } => {
            let _guard = if check { None } else { Some(fetch::store::lock(layout)?) };
            let outcome = commands::generate::run(layout, &services, check)?;
            outcome.obsolete.iter().for_each(|problem| eprintln!("warning: {problem}"));
            for problem in &outcome.problems {
                eprintln!("error: {problem}");
            }
            for file in &outcome.changed {
                println!("{}", line(&format!("{} {file}", if check { "out of date:" } else { "written:" })));
            }
            if check && !outcome.changed.is_empty() {
                eprintln!(
                    "error: generated files are not what the documents give\n  help: run `cargo xtask generate` and commit the result"
                );
                return Ok(ExitCode::FAILURE);
            }
            if outcome.changed.is_empty() {
                println!("nothing to do");
            }
            Ok(if outcome.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Sync { ask } => commands::sync::command(layout, &ask),
        Command::Drift { ask } => {
            let summary = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from);
            let outcome = commands::drift::run(layout, &ask, summary.as_deref());
            print!("{}", outcome.text);
            for problem in &outcome.problems {
                eprintln!("error: {problem}");
            }
            Ok(ExitCode::from(outcome.code))
        }
        Command::Explain { what, spec } => {
            print!("{}", commands::explain::run(layout, &what, spec.as_deref())?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Status { format } => {
            let (rows, index) = commands::status::rows(layout)?;
            match format {
                StatusFormat::Text => {
                    print!("{}", commands::status::text(&rows, &index, &commands::status::unlisted(layout)?));
                }
                StatusFormat::Json => print!("{}", shown::json(&rows)),
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Measure { services, spec, beside, format } => {
            let report = match spec {
                Some(spec) => commands::measure::beside(layout, &spec, beside.as_deref())?,
                None => commands::measure::services(layout, &services)?,
            };
            match format {
                StatusFormat::Text => print!("{}", commands::measure::text(&report)),
                StatusFormat::Json => print!("{}", shown::json(&report)),
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Release { ask } => commands::release::command(layout, &ask),
        Command::Operations { format } => {
            let (rows, problems) = commands::operations::rows(layout)?;
            match format {
                TableFormat::Json => print!("{}", shown::json(&rows)),
                TableFormat::Tsv => print!("{}", commands::operations::tsv(&rows)),
            }
            for problem in &problems {
                eprintln!("error: {problem}");
            }
            Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}
