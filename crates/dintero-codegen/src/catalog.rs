//! specs/catalog.toml: every published document, edited by hand, and what holds for the whole house.

use crate::gate::Hosts;
use crate::lower::amounts::AmountWords;
use crate::problem::{Problem, of_toml};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    pub house: HouseRules,
    /// Documents of our own, generated beside the others for tests.
    #[serde(rename = "fixture", default)]
    pub fixtures: Vec<Fixture>,
    #[serde(rename = "document")]
    pub documents: Vec<Document>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    pub name: String,
    /// From the root of the workspace.
    pub spec: String,
    pub out: String,
    /// Hosts that its calls may go to with a credential, beside those of the house.
    #[serde(default)]
    pub hosts: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseRules {
    /// Paths below these describe what Dintero sends to the merchant.
    pub event_paths: Vec<String>,
    /// Words of calls that move money: never sent twice by themselves.
    pub money_words: Vec<String>,
    /// Hosts that may be called and given a credential, over https: names, and suffixes that begin with a dot.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// How lists go on.
    #[serde(default)]
    pub paging: PagingNames,
    /// Services whose requests tests/judge holds against those of progenitor's own client; all fixtures are.
    #[serde(default)]
    pub judged: Vec<String>,
    /// Words of field names whose values `Debug` never shows.
    pub sensitive: Vec<String>,
    /// Path parameters that name the caller's own account.
    pub account_parameters: Vec<String>,
    /// Words of numbers that hold money.
    #[serde(default)]
    pub amounts: AmountWords,
    /// The published list of all documents.
    pub index: String,
    /// Where a person reads the published reference.
    pub reference: String,
}

/// The house rules that hold for one document: which paths describe what Dintero sends, where calls may go, and what is
/// meant where the document is silent.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Paths below these are what the other side sends: events and callbacks.
    pub event_paths: Vec<String>,
    /// Words of paths and names of calls that move money.
    pub money_words: Vec<String>,
    /// Where calls and credentials may go.
    pub hosts: Hosts,
    /// How lists go on.
    pub paging: PagingNames,
    /// Words of field names whose values `Debug` never shows.
    pub sensitive: Vec<String>,
    /// Path parameters that name the caller's own account.
    pub account_parameters: Vec<String>,
    /// Words of numbers that hold money.
    pub amounts: AmountWords,
}

/// The names by which a list says how it goes on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagingNames {
    /// The query parameter that takes the last item's id, and the field of an answer that holds the next one.
    pub cursor: String,
    /// The field of an answer whose fields are the cursor; each goes into a parameter that begins as `cursor` does.
    pub last_key: String,
    /// The field of an answer that holds the token of the next page.
    pub next: String,
    /// The query parameters that may take that token, the likelier first.
    pub next_parameters: Vec<String>,
    /// Other query parameters by which a call is known to list.
    pub size_parameters: Vec<String>,
}

impl PagingNames {
    /// The query parameters that ask for a page behind the first; with `cursor`, what begins like it.
    pub fn cursor_parameters(&self) -> Vec<&str> {
        let all = std::iter::once(&self.cursor).chain(&self.next_parameters);
        all.map(String::as_str).filter(|name| !name.is_empty()).collect()
    }

    /// The fields of a page that say how to ask for the next.
    pub fn cursor_fields(&self) -> Vec<&str> {
        let all = [&self.cursor, &self.last_key, &self.next];
        all.into_iter().map(String::as_str).filter(|name| !name.is_empty()).collect()
    }

    /// Whether only what lists takes such a parameter.
    pub fn is_of_a_list(&self, parameter: &str) -> bool {
        let token = self.next_parameters.first().is_some_and(|first| first == parameter);
        token || parameter == self.cursor || self.size_parameters.iter().any(|name| name == parameter)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The service it belongs to; empty for a placeholder.
    #[serde(default)]
    pub service: String,
    pub role: Role,
    pub url: String,
    /// Of a placeholder: the title by which the platform's sample is known.
    #[serde(default)]
    pub sample: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Service,
    OlderCopy,
    Placeholder,
}

impl Document {
    /// The crate that is made from it.
    pub fn crate_name(&self) -> Option<String> {
        (self.role == Role::Service).then(|| crate_name(&self.service))
    }

    /// Its name in the lock, and its place under specs/pinned: the service, or for the others the name of the published
    /// file (a service may have several older copies).
    pub fn key(&self) -> String {
        let file = self.url.rsplit('/').next().unwrap_or_default();
        let stem = file.split(['?', '#']).next().unwrap_or_default();
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        match self.role {
            Role::Service => self.service.clone(),
            Role::OlderCopy => format!("older/{stem}"),
            Role::Placeholder => format!("placeholder/{stem}"),
        }
    }
}

/// What `dintero-` stands before in the crates that are written by hand.
const OURS: [&str; 5] = ["client", "codegen", "events", "mock", "types"];

pub fn crate_name(service: &str) -> String {
    format!("dintero-{service}")
}

/// The crate as code has it.
pub fn package_name(service: &str) -> String {
    crate_name(service).replace('-', "_")
}

/// The service as a module.
pub fn module_name(service: &str) -> String {
    service.replace('-', "_")
}

/// Where everything lies, from the root of the workspace.
#[derive(Debug, Clone)]
pub struct Layout {
    pub root: PathBuf,
}

impl Layout {
    pub fn catalog(&self) -> PathBuf {
        self.root.join("specs/catalog.toml")
    }
    pub fn lock(&self) -> PathBuf {
        self.root.join("specs/lock.toml")
    }
    /// Of a document's key.
    pub fn pinned(&self, key: &str) -> PathBuf {
        self.root.join("specs/pinned").join(format!("{key}.yaml"))
    }
    pub fn overlay(&self, service: &str) -> PathBuf {
        self.root.join("specs/overlays").join(format!("{service}.yaml"))
    }
    pub fn names(&self, service: &str) -> PathBuf {
        self.root.join("specs/names").join(format!("{service}.toml"))
    }
    /// What a person has to say of a service, for the README of its crate; most have no such page.
    pub fn page(&self, service: &str) -> PathBuf {
        self.root.join("specs/pages").join(format!("{service}.md"))
    }
    pub fn services(&self) -> PathBuf {
        self.root.join("crates/services")
    }
    pub fn umbrella(&self) -> PathBuf {
        self.root.join("crates/dintero")
    }
    pub fn receiver(&self) -> PathBuf {
        self.root.join("crates/dintero-events")
    }
    /// Which calls move money, and why.
    pub fn money(&self) -> PathBuf {
        self.root.join("specs/money.tsv")
    }
    pub fn events(&self) -> PathBuf {
        self.root.join("specs/events.toml")
    }
    /// A path as people name it: from the root, with forward slashes.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

impl Catalog {
    pub fn read(layout: &Layout) -> Result<Self, Problem> {
        let path = layout.catalog();
        let shown = layout.shown(&path);
        let text = std::fs::read_to_string(&path).map_err(|e| Problem::io(&path, "read the catalog", &e))?;
        Self::parse(&shown, &text)
    }

    pub fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        let catalog: Self = toml::from_str(text).map_err(|e| {
            Problem::new(file, "", format!("is no catalog: {}", of_toml(&e)), "compare the entry with those around it")
        })?;
        Hosts::check(file, &catalog.house.hosts)?;
        for fixture in &catalog.fixtures {
            Hosts::check(file, &fixture.hosts)?;
        }
        let mut keys = std::collections::BTreeSet::new();
        for document in catalog.documents.iter().filter(|d| d.role != Role::Service) {
            let key = document.key();
            if key.ends_with('/') || !keys.insert(key.clone()) {
                return Err(Problem::new(
                    file,
                    "",
                    format!("`{}` would be pinned as `{key}`, which is no name or another's", document.url),
                    "keep one entry; the last step of its address must be a file name of its own",
                ));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        for document in catalog.services() {
            let name = &document.service;
            let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            if !sound {
                return Err(Problem::new(
                    file,
                    "",
                    format!("`{name}` cannot be the name of a service"),
                    "use lower case letters, digits and dashes, beginning with a letter",
                ));
            }
            if OURS.contains(&name.as_str()) {
                return Err(Problem::new(
                    file,
                    "",
                    format!(
                        "a service `{name}` would have the crate `{}`, which is one written by hand",
                        crate_name(name)
                    ),
                    format!("call it `{name}-api`"),
                ));
            }
            if !seen.insert(name.clone()) {
                return Err(Problem::new(
                    file,
                    "",
                    format!("two documents have the role service of `{name}`"),
                    "keep one of them; the other is an older-copy",
                ));
            }
        }
        if let Some(name) = catalog.house.judged.iter().find(|name| !seen.contains(*name)) {
            let reason = format!("`judged` names `{name}`, and there is no such service");
            return Err(Problem::new(file, "", reason, "take it out, or give the service an entry"));
        }
        Ok(catalog)
    }

    /// What holds for a document of the house.
    pub fn policy(&self) -> Policy {
        Policy {
            event_paths: self.house.event_paths.clone(),
            money_words: self.house.money_words.clone(),
            hosts: Hosts { allowed: self.house.hosts.clone(), outside: false },
            paging: self.house.paging.clone(),
            sensitive: self.house.sensitive.clone(),
            account_parameters: self.house.account_parameters.clone(),
            amounts: self.house.amounts.clone(),
        }
    }

    /// What holds for a document outside of the catalog.
    pub fn policy_outside(&self, allowed: &[String]) -> Policy {
        let mut policy = self.policy();
        policy.hosts.outside = true;
        policy.hosts.allowed.extend_from_slice(allowed);
        policy
    }

    /// The documents that become crates, in the catalog's order.
    pub fn services(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(|d| d.role == Role::Service)
    }

    /// Every document of the asked services, older copies too; the whole catalog when none is asked.
    pub fn documents_of(&self, layout: &Layout, asked: &[String]) -> Result<Vec<&Document>, Problem> {
        self.select(layout, asked)?;
        Ok(self.documents.iter().filter(|d| asked.is_empty() || asked.contains(&d.service)).collect())
    }

    /// The asked services, or all; a name that is none is a problem that lists those there are.
    pub fn select(&self, layout: &Layout, asked: &[String]) -> Result<Vec<&Document>, Problem> {
        for name in asked {
            if !self.services().any(|d| d.service == *name) {
                let known: Vec<&str> = self.services().map(|d| d.service.as_str()).collect();
                return Err(Problem::new(
                    layout.shown(&layout.catalog()),
                    "",
                    format!("there is no service `{name}`"),
                    format!("use one of {}", known.join(", ")),
                ));
            }
        }
        Ok(self.services().filter(|d| asked.is_empty() || asked.contains(&d.service)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: &str = "[house]\nevent_paths = []\nmoney_words = []\nsensitive = []\naccount_parameters = []\nindex = ''\nreference = ''\n";

    #[test]
    fn bad_entries_are_named() {
        for (entry, reason) in [
            ("[[document]]\nservice = 'A b'\nrole = 'service'\nurl = 'x'\n", "cannot be the name"),
            ("[[document]]\nservice = 'a'\nrole = 'servant'\nurl = 'x'\n", "is no catalog"),
            (
                "[[document]]\nservice = 'a'\nrole = 'service'\nurl = 'x'\n[[document]]\nservice = 'a'\nrole = 'service'\nurl = 'y'\n",
                "two documents",
            ),
            (
                "[[document]]\nservice = 'a'\nrole = 'older-copy'\nurl = 'v1/a.yaml'\n[[document]]\nservice = 'a'\nrole = 'older-copy'\nurl = 'v2/a.yaml'\n",
                "would be pinned as `older/a`",
            ),
            ("[[document]]\nservice = 'events'\nrole = 'service'\nurl = 'x'\n", "written by hand"),
            ("judged = ['b']\n[[document]]\nservice = 'a'\nrole = 'service'\nurl = 'x'\n", "no such service"),
        ] {
            let p = Catalog::parse("specs/catalog.toml", &format!("{HOUSE}{entry}")).expect_err(entry);
            assert!(p.reason.contains(reason), "{p}");
        }
    }
}
