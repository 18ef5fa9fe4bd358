//! Whether anything changed since the last run that came to its end: then there is nothing to do, and it is told at once.
//!
//! As cargo does it, by the length and the time of every file that was read or written, this program among them. What is
//! noted lies in the target folder: without it, or after a fresh checkout, everything is made anew.

use super::Outcome;
use super::writer::files_under;
use crate::catalog::{Catalog, Layout};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Stamp {
    /// What the run was made of.
    read: BTreeMap<PathBuf, Mark>,
    /// What it wrote, or found to be right, with the folders that these stand in.
    written: BTreeMap<PathBuf, Mark>,
    /// What it told, in the parts of a problem.
    obsolete: Vec<[String; 4]>,
}

/// Length, and the time of the last change in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Mark(u64, u128);

impl Mark {
    fn of(path: &Path) -> Option<Self> {
        let known = std::fs::metadata(path).ok()?;
        let changed = known.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
        Some(Self(known.len(), changed))
    }
}

/// What a run begins with; taken before anything is read.
#[derive(Debug)]
pub struct Begin {
    place: PathBuf,
    read: BTreeMap<PathBuf, Mark>,
}

impl Begin {
    pub fn of(layout: &Layout, catalog: &Catalog) -> Self {
        let specs = layout.root.join("specs");
        // What a fetch lays down for itself is no part of it.
        let named = files_under(&specs, &specs).into_iter().filter(|file| !file.starts_with(".fetch"));
        let mut all: Vec<PathBuf> = named.map(|file| specs.join(file)).collect();
        all.extend(catalog.fixtures.iter().map(|fixture| layout.root.join(&fixture.spec)));
        all.extend(std::env::current_exe());
        let read = all.into_iter().filter_map(|path| Some((path.clone(), Mark::of(&path)?))).collect();
        Self { place: layout.root.join("target/xtask/generated.json"), read }
    }

    /// How the last run ended, if it would end the same now.
    pub fn same(&self) -> Option<Outcome> {
        let stamp: Stamp = serde_json::from_slice(&std::fs::read(&self.place).ok()?).ok()?;
        let stands = |(path, mark): (&PathBuf, &Mark)| Mark::of(path).as_ref() == Some(mark);
        if stamp.read != self.read || !stamp.written.iter().all(stands) {
            return None;
        }
        let obsolete = stamp.obsolete.into_iter();
        let obsolete =
            obsolete.map(|[file, pointer, reason, remedy]| Problem { file, pointer, reason, remedy }).collect();
        Some(Outcome { obsolete, ..Outcome::default() })
    }

    /// Notes how this run ended. What cannot be noted is made anew the next time.
    pub fn ended(self, layout: &Layout, outcome: &Outcome, files: BTreeSet<PathBuf>) {
        // What is noted of the run before holds no longer, however this one ended.
        let _ = std::fs::remove_file(&self.place);
        if !outcome.problems.is_empty() {
            return;
        }
        // A folder's time tells of what came and went in it.
        let services = layout.services();
        let parents = files.iter().filter_map(|file| file.parent()).chain([services.as_path()]);
        let folders: BTreeSet<PathBuf> =
            parents.filter(|folder| **folder != *layout.root).map(Path::to_path_buf).collect();
        let marked = |path: &PathBuf| Some((path.clone(), Mark::of(path)?));
        let written: Option<BTreeMap<PathBuf, Mark>> = files.iter().chain(&folders).map(marked).collect();
        let Some(written) = written else { return };
        // The names lock and the tables in specs/ are read and written: as they stand at the end, if nobody else came.
        let mut read = self.read;
        for (path, mark) in &written {
            if let Some(known) = read.get_mut(path) {
                *known = *mark;
            }
        }
        let new = files.iter().filter(|path| path.starts_with(layout.root.join("specs")));
        read.extend(new.filter_map(marked));
        let part = |p: &Problem| [&p.file, &p.pointer, &p.reason, &p.remedy].map(String::clone);
        let stamp = Stamp { read, written, obsolete: outcome.obsolete.iter().map(part).collect() };
        if let (Some(folder), Ok(text)) = (self.place.parent(), serde_json::to_vec(&stamp)) {
            let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&self.place, text));
        }
    }
}
