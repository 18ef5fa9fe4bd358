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
    for (path, _) in &files {
        writable(layout, &layout.shown(path), path)?;
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

/// Whether a fetch may write there: the lock, or below the folder of pinned documents, by a plain path with no link on
/// its way. A plan is a file that anybody may have laid down, also by a commit, and every command carries it out.
fn writable(layout: &Layout, file: &str, plan: &Path) -> Result<(), Problem> {
    let steps: Vec<&str> = file.split('/').collect();
    let plain = |step: &&str| !matches!(*step, "" | "." | "..") && !step.contains(['\\', ':', '\0']);
    let ours = match steps.as_slice() {
        ["specs", "lock.toml"] => true,
        ["specs", "pinned", below @ ..] => !below.is_empty() && below.iter().all(plain),
        _ => false,
    };
    if !ours {
        let why = format!("`{file}` is no place that a fetch writes: specs/lock.toml, or a file below specs/pinned");
        return Err(unsound(layout, plan, why));
    }
    let mut folder = layout.root.clone();
    for step in steps.iter().take(steps.len() - 1) {
        folder.push(step);
        if folder.is_symlink() {
            let why = format!("`{file}` leads through `{}`, which is a link", layout.shown(&folder));
            return Err(unsound(layout, plan, why));
        }
    }
    Ok(())
}

fn unsound(layout: &Layout, path: &Path, why: String) -> Problem {
    let remedy = "take specs/ from version control, remove the folder of the plan (specs/.fetch.ready) and fetch again";
    Problem::new(layout.shown(path), "", why, remedy)
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
        let plan: Plan =
            serde_json::from_slice(&text).map_err(|why| unsound(layout, &path, format!("is no plan: {why}")))?;
        for (i, file) in plan.files.iter().enumerate() {
            writable(layout, file, &path)?;
            let (from, to) = (ready.join(i.to_string()), layout.root.join(file));
            // Those that are gone are in their place already.
            if let Ok(found) = from.symlink_metadata() {
                if !found.is_file() {
                    return Err(unsound(layout, &path, format!("what it wants to write to `{file}` is no file")));
                }
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

    /// Whoever can lay down a file must not reach what lies outside through it.
    #[test]
    fn a_plan_writes_nowhere_but_where_a_fetch_does() {
        let outside = tempfile::tempdir().expect("a folder");
        let absolute = outside.path().join("x").display().to_string();
        for file in [
            "../x",
            "specs/pinned/../../../x",
            "specs/pinned/../catalog.toml",
            "specs/pinned/..\\..\\x",
            "specs/pinned/C:x",
            "specs/pinned",
            "specs/pinned/",
            "specs/pinned//x",
            "specs/pinned/./x",
            "/specs/pinned/x",
            "specs/catalog.toml",
            "specs/lock.toml/x",
            "README.md",
            ".cargo/config.toml",
            "",
            absolute.as_str(),
        ] {
            let (dir, layout) = workspace();
            fs::create_dir_all(decided(&layout)).expect("a folder");
            fs::write(decided(&layout).join("0"), "planted").expect("written");
            fs::write(decided(&layout).join("1"), "planted").expect("written");
            // The sound one first: nothing of a plan is carried out that is unsound anywhere.
            let plan = serde_json::json!({"files": ["specs/lock.toml", file]});
            fs::write(decided(&layout).join(PLAN), plan.to_string()).expect("written");
            let p = settle_leftovers(&layout).expect_err("told");
            assert_eq!(p.file, "specs/.fetch.ready/plan.json");
            assert!(p.reason.contains(&format!("`{file}`")) && !p.remedy.is_empty(), "{p}");
            assert_eq!(state(&layout), OLD, "{file}");
            assert!(!outside.path().join("x").exists() && !dir.path().join("README.md").exists(), "{file}");
            assert!(decided(&layout).join("1").exists(), "{file}");
            let beside = dir.path().parent().expect("a parent").join("x");
            assert!(!beside.exists(), "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_a_plan_outside() {
        let outside = tempfile::tempdir().expect("a folder");
        let link = |layout: &Layout, at: &str| {
            let at = layout.root.join(at);
            let _ = fs::remove_dir_all(&at);
            std::os::unix::fs::symlink(outside.path(), at).expect("a link");
        };
        for place in ["specs/pinned", "specs/pinned/older"] {
            let (_dir, layout) = workspace();
            let steps = staging(&layout, new_files(&layout));
            steps.iter().for_each(|s| s.run().expect("runs"));
            link(&layout, place);
            let p = settle_leftovers(&layout).expect_err("told");
            assert!(p.reason.contains(&format!("`{place}`")), "{p}");
            assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 0, "{place}");

            // Nor does a fetch of its own go there, and it leaves nothing behind for others.
            let (_dir, layout) = workspace();
            let guard = lock(&layout).expect("locks");
            link(&layout, place);
            commit(&layout, &guard, new_files(&layout)).expect_err("told");
            assert_eq!(fs::read_dir(outside.path()).expect("a folder").count(), 0, "{place}");
            assert!(!undecided(&layout).exists() && !decided(&layout).exists(), "{place}");
        }
        // What is to be put in place is a file, not a link to one.
        let (_dir, layout) = workspace();
        staging(&layout, new_files(&layout)).iter().for_each(|s| s.run().expect("runs"));
        fs::remove_file(decided(&layout).join("0")).expect("removed");
        std::os::unix::fs::symlink(outside.path().join("secret"), decided(&layout).join("0")).expect("a link");
        settle_leftovers(&layout).expect_err("told");
        assert_eq!(state(&layout), OLD);
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
