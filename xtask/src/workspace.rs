//! Which workspace is worked on: the one that this program is run in, wherever it was built.

use crate::catalog::Layout;
use crate::problem::Problem;
use std::path::Path;

/// The workspace of this manifest, or of the current folder.
pub fn find(manifest: Option<&Path>) -> Result<Layout, Problem> {
    match manifest {
        Some(path) if path.is_file() => {
            let path = path.canonicalize().map_err(|e| Problem::io(path, "find the manifest", &e))?;
            above(path.parent().unwrap_or(Path::new("/")))
        }
        Some(path) => {
            let remedy = "name the Cargo.toml at the root of the workspace";
            Err(Problem::new(path.display().to_string(), "", "there is no such manifest", remedy))
        }
        None => {
            let here = Path::new(".");
            let here = std::env::current_dir().map_err(|e| Problem::io(here, "find the current folder", &e))?;
            above(&here)
        }
    }
}

/// The nearest folder from here upwards that has a catalog.
fn above(folder: &Path) -> Result<Layout, Problem> {
    let found = folder.ancestors().map(|root| Layout { root: root.to_path_buf() }).find(|l| l.catalog().is_file());
    found.ok_or_else(|| {
        Problem::new(
            folder.display().to_string(),
            "",
            "is in no workspace of this project: no folder from here upwards has specs/catalog.toml",
            "change into the workspace, or name its Cargo.toml with --manifest-path",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_nearest_one_above_the_manifest() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = dir.path().canonicalize().expect("a folder");
        let (inner, manifest) = (root.join("crates/a"), root.join("crates/a/Cargo.toml"));
        std::fs::create_dir_all(&inner).expect("a folder");
        std::fs::write(&manifest, "").expect("written");
        let problem = find(Some(&manifest)).expect_err("no workspace");
        assert!(problem.reason.contains("specs/catalog.toml") && problem.remedy.contains("--manifest-path"), "{problem}");
        let problem = find(Some(&inner)).expect_err("no manifest");
        assert!(problem.reason.contains("no such manifest"), "{problem}");

        std::fs::create_dir_all(root.join("specs")).expect("a folder");
        std::fs::write(root.join("specs/catalog.toml"), "").expect("written");
        assert_eq!(find(Some(&manifest)).expect("found").root, root);
        assert_eq!(above(&inner).expect("found").root, root);
    }
}
