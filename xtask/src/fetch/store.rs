//! Writes several files as one: all of them, or none, whatever moment the machine stops at.
//!
//! What is to be written is laid down beside its place first, with a plan. Renaming that folder is the one moment that
//! decides: before it nothing has happened, after it the next run of any command carries the plan out to its end.

use crate::catalog::Layout;
use crate::problem::Problem;
use fs4::FileExt;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Held while specs/ is written; the next one waits.
#[derive(Debug)]
pub struct Guard(#[allow(dead_code, reason = "held, not read")] File);

/// What stands where, from the root, in the order in which it is put there.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Plan {
    files: Vec<String>,
}

const PLAN: &str = "plan.json";

/// One change of the disk.
#[derive(Debug)]
enum Step {
    Folder(PathBuf),
    Write(PathBuf, Vec<u8>),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Step {
    fn run(&self) -> Result<(), Problem> {
        let (path, result) = match self {
            Step::Folder(path) => (path, fs::create_dir_all(path)),
            Step::Write(path, bytes) => (path, write(path, bytes)),
            Step::Rename(from, to) => (to, fs::rename(from, to).and_then(|()| sync_folder(to))),
            Step::Remove(path) => (path, if path.exists() { fs::remove_dir_all(path) } else { Ok(()) }),
        };
        result.map_err(|e| Problem::io(path, "write the fetched documents", &e))
    }
}

/// Written and on the disk.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A rename is on the disk when its folder is. Folders cannot be opened everywhere, and need not be there.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().map(File::open) {
        Some(Ok(folder)) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

fn undecided(layout: &Layout) -> PathBuf {
    layout.root.join("specs/.fetch.new")
}

fn decided(layout: &Layout) -> PathBuf {
    layout.root.join("specs/.fetch.ready")
}

/// Waits for another run to end, and settles what one before has left.
pub fn lock(layout: &Layout) -> Result<Guard, Problem> {
    let path = layout.root.join("specs/.fetch.lock");
    let io = |e: io::Error| Problem::io(&path, "lock specs/", &e);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(io)?;
    if FileExt::try_lock(&file).is_err() {
        eprintln!("another run is writing specs/; waiting for it");
        FileExt::lock(&file).map_err(io)?;
    }
    let guard = Guard(file);
    settle(layout, &guard)?;
    Ok(guard)
}

/// If a run before was stopped in the middle, brings it to its end. For commands that only read.
pub fn settle_leftovers(layout: &Layout) -> Result<(), Problem> {
    match decided(layout).exists() {
        true => lock(layout).map(drop),
        false => Ok(()),
    }
}

/// Writes the files, in this order, as one.
pub fn commit(layout: &Layout, guard: &Guard, files: Vec<(PathBuf, Vec<u8>)>) -> Result<(), Problem> {
    if files.is_empty() {
        return Ok(());
    }
    staging(layout, files).iter().try_for_each(Step::run)?;
    settle(layout, guard)
}

fn staging(layout: &Layout, files: Vec<(PathBuf, Vec<u8>)>) -> Vec<Step> {
    let new = undecided(layout);
    let plan = Plan { files: files.iter().map(|(path, _)| layout.shown(path)).collect() };
    let mut steps = vec![Step::Remove(new.clone()), Step::Folder(new.clone())];
    steps.extend(files.into_iter().enumerate().map(|(i, (_, bytes))| Step::Write(new.join(i.to_string()), bytes)));
    steps.push(Step::Write(new.join(PLAN), serde_json::to_vec_pretty(&plan).unwrap_or_default()));
    steps.push(Step::Rename(new, decided(layout)));
    steps
}

fn settle(layout: &Layout, _guard: &Guard) -> Result<(), Problem> {
    settling(layout)?.iter().try_for_each(Step::run)
}

fn settling(layout: &Layout) -> Result<Vec<Step>, Problem> {
    let (new, ready) = (undecided(layout), decided(layout));
    let mut steps = Vec::new();
    if ready.exists() {
        let path = ready.join(PLAN);
        let text = fs::read(&path).map_err(|e| Problem::io(&path, "read the plan of a run that was stopped", &e))?;
        let plan: Plan = serde_json::from_slice(&text).map_err(|why| {
            Problem::new(
                layout.shown(&path),
                "",
                format!("is no plan: {why}"),
                "take specs/ from version control, remove that folder and fetch again",
            )
        })?;
        for (i, file) in plan.files.iter().enumerate() {
            let (from, to) = (ready.join(i.to_string()), layout.root.join(file));
            // Those that are gone are in their place already.
            if from.exists() {
                steps.extend(to.parent().map(|folder| Step::Folder(folder.to_path_buf())));
                steps.push(Step::Rename(from, to));
            }
        }
        steps.push(Step::Remove(ready));
    }
    if new.exists() {
        steps.push(Step::Remove(new));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, Layout) {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: dir.path().to_path_buf() };
        fs::create_dir_all(dir.path().join("specs/pinned")).expect("a folder");
        for file in FILES {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "old").expect("written");
        }
        fs::remove_file(dir.path().join(FILES[1])).expect("one is new");
        (dir, layout)
    }

    const FILES: [&str; 3] = ["specs/pinned/a.yaml", "specs/pinned/older/b.yaml", "specs/lock.toml"];

    fn new_files(layout: &Layout) -> Vec<(PathBuf, Vec<u8>)> {
        FILES.iter().map(|file| (layout.root.join(file), b"new".to_vec())).collect()
    }

    fn state(layout: &Layout) -> [String; 3] {
        FILES.map(|file| fs::read_to_string(layout.root.join(file)).unwrap_or_default())
    }

    const OLD: [&str; 3] = ["old", "", "old"];
    const NEW: [&str; 3] = ["new", "new", "new"];

    /// Stopped after any number of steps, of the writing or of the settling: the next run finds all or nothing.
    #[test]
    fn stopped_anywhere_all_or_nothing_is_written() {
        let (mut nothing, mut all) = (0, 0);
        let staging_steps = staging(&workspace().1, new_files(&workspace().1)).len();
        for stop in 0..=staging_steps {
            for settled in 0..20 {
                let (_dir, layout) = workspace();
                let steps = staging(&layout, new_files(&layout));
                steps.iter().take(stop).for_each(|s| s.run().expect("runs"));
                let steps = settling(&layout).expect("a plan");
                steps.iter().take(settled).for_each(|s| s.run().expect("runs"));
                settle_leftovers(&layout).expect("settles");
                let guard = lock(&layout).expect("locks");
                match state(&layout) {
                    s if s == OLD && stop < staging_steps => nothing += 1,
                    s if s == NEW && stop == staging_steps => all += 1,
                    s => panic!("stopped after {stop} and {settled} steps: {s:?}"),
                }
                assert!(!undecided(&layout).exists() && !decided(&layout).exists(), "nothing is left behind");
                commit(&layout, &guard, new_files(&layout)).expect("the next run writes");
                assert_eq!(state(&layout), NEW);
            }
        }
        assert!(nothing > 0 && all > 0);
    }

    #[test]
    fn a_broken_plan_is_told() {
        let (_dir, layout) = workspace();
        fs::create_dir_all(decided(&layout)).expect("a folder");
        fs::write(decided(&layout).join(PLAN), "{").expect("written");
        let p = settle_leftovers(&layout).expect_err("told");
        assert_eq!(p.file, "specs/.fetch.ready/plan.json");
        assert_eq!(state(&layout), OLD);
    }
}
