//! What the registry has, read from its sparse index.

use crate::problem::Problem;
use reqwest::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;

pub const INDEX: &str = "https://index.crates.io";

/// What has to be done by hand once for each crate.
pub const FIRST: &str = "\
The first publish of a crate is a person's: a workflow is trusted by a crate, and there is none yet. Once for each:
  1. `cargo login` with a token that may publish new crates, then `cargo xtask release --publish --first`;
     crates.io takes few new crates at once, so run it again until nothing is left
  2. at https://crates.io/crates/NAME/settings, trust the workflow `release.yml` of this repository, environment `release`
  3. there, let no token publish any more, and take the token back";

pub struct Registry {
    http: reqwest::blocking::Client,
    index: String,
}

#[derive(Deserialize)]
struct Line {
    vers: String,
}

impl Registry {
    pub fn new(index: &str) -> Result<Self, Problem> {
        // A second call finds it installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::blocking::Client::builder()
            .user_agent(concat!("dintero-xtask/", env!("CARGO_PKG_VERSION"), " (", env!("CARGO_PKG_REPOSITORY"), ")"))
            .timeout(Duration::from_secs(30));
        // What stays on this machine is no proxy's.
        if index.starts_with("http://127.0.0.1") {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|why| {
            Problem::new("HTTP client", "", why.to_string(), "install CA certificates, which https needs")
        })?;
        Ok(Self { http, index: index.trim_end_matches('/').into() })
    }

    /// The versions of a crate, yanked ones too; none if there is no such crate.
    pub fn versions(&self, name: &str) -> Result<Option<BTreeSet<String>>, Problem> {
        // Names of four letters and more; ours all are.
        let url = format!("{}/{}/{}/{name}", self.index, &name[..2], &name[2..4]);
        let unread = |why: String| Problem::new(&url, "", why, "check the network; nothing was published");
        let answer = self.http.get(&url).send().map_err(|e| unread(format!("cannot be read: {e}")))?;
        match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => return Ok(None),
            StatusCode::OK => {}
            status => return Err(unread(format!("was answered with {status}"))),
        }
        let text = answer.text().map_err(|e| unread(format!("cannot be read: {e}")))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let versions =
            lines.map(|line| serde_json::from_str::<Line>(line).map(|line| line.vers)).collect::<Result<_, _>>();
        versions.map(Some).map_err(|e| unread(format!("is no index: {e}")))
    }
}
