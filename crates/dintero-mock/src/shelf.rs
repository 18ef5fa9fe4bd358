//! The documents that are served: those built in, or those of a folder.
//!
//! What is built in is what is published, with what is known to be wrong in it put right: who is answered by a slip of the
//! document meets a Dintero that there is not. A folder is served as it stands.

use crate::corrections;
use crate::document::Document;
use crate::documents::ALL;
use crate::part::{self, Lifecycle};
use crate::problem::Problem;
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, OnceLock};

type Read = Result<Arc<Document>, Problem>;

/// One that is built in, read once in a process.
pub(crate) fn load(service: &str) -> Read {
    static READ: OnceLock<Vec<OnceLock<Read>>> = OnceLock::new();
    let read = READ.get_or_init(|| ALL.iter().map(|_| OnceLock::new()).collect());
    let at = ALL
        .iter()
        .position(|(name, _)| *name == service)
        .ok_or_else(|| unknown(service, ALL.iter().map(|(n, _)| *n)))?;
    let (Some(slot), Some((_, text))) = (read.get(at), ALL.get(at)) else {
        return Err(unknown(service, std::iter::empty()));
    };
    let read = || {
        let mut document = Document::built_in(service, text)?;
        for (_, pointer, value) in corrections::ALL.iter().filter(|(of, ..)| *of == service) {
            correct(&mut document.value, pointer, *value);
        }
        Ok(Arc::new(document))
    };
    slot.get_or_init(read).clone()
}

/// One edit: a value, as JSON, in a place that is there or new, or none there any more. One for another document than
/// this changes nothing: then the list has to be made anew, which `cargo xtask generate --check` tells.
fn correct(document: &mut Value, pointer: &str, value: Option<&str>) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    let (parent, key) = (document.pointer_mut(parent), key.replace("~1", "/").replace("~0", "~"));
    match (parent, value.map(serde_json::from_str::<Value>)) {
        (Some(Value::Object(map)), Some(Ok(value))) => drop(map.insert(key, value)),
        (Some(Value::Object(map)), None) => drop(map.shift_remove(&key)),
        (Some(Value::Array(list)), edit) => match (key.parse::<usize>(), edit) {
            (Ok(at), Some(Ok(value))) if at < list.len() => list[at] = value,
            (Ok(at), None) if at < list.len() => drop(list.remove(at)),
            _ => {}
        },
        _ => {}
    }
}

/// The asked services, all when none is asked, and what could not be read.
pub(crate) fn built_in(asked: &[String]) -> Result<(Vec<Arc<Document>>, Vec<String>), Problem> {
    for service in asked {
        if !ALL.iter().any(|(name, _)| name == service) {
            return Err(unknown(service, ALL.iter().map(|(name, _)| *name)));
        }
    }
    let names: Vec<&str> =
        ALL.iter().map(|(name, _)| *name).filter(|name| asked.is_empty() || asked.iter().any(|a| a == name)).collect();
    Ok(sorted(in_parallel(&names, |service| load(service))))
}

/// Those of a folder; a file's name is its service.
pub(crate) fn from_folder(folder: &Path, asked: &[String]) -> Result<(Vec<Arc<Document>>, Vec<String>), Problem> {
    let unread = |why: std::io::Error| {
        Problem::new(folder.display().to_string(), format!("the folder cannot be read: {why}"), "check its name")
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let is_document = path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known));
        if let Some(service) = path.file_stem().filter(|_| is_document).map(|stem| stem.to_string_lossy().into_owned())
        {
            files.push((service, path));
        }
    }
    // In the order of the catalog, then by name.
    let rank = |service: &str| ALL.iter().position(|(name, _)| *name == service).unwrap_or(usize::MAX);
    files.sort_by(|a, b| (rank(&a.0), &a.0).cmp(&(rank(&b.0), &b.0)));
    for service in asked {
        if !files.iter().any(|(name, _)| name == service) {
            return Err(unknown(service, files.iter().map(|(name, _)| name.as_str())));
        }
    }
    files.retain(|(service, _)| asked.is_empty() || asked.contains(service));
    let read = |(service, path): &(String, std::path::PathBuf)| {
        let file = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|why| Problem::new(&*file, format!("cannot be read: {why}"), ""))?;
        Document::parse(service, &file, &text).map(Arc::new)
    };
    Ok(sorted(in_parallel(&files, read)))
}

/// The rules beside the documents of a folder; without any, those that are built in.
pub(crate) fn lifecycle(folder: &Path) -> Result<(Lifecycle, Option<String>), Problem> {
    for name in part::FILES {
        let path = folder.join(name);
        let file = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(Lifecycle::read(&file, &text)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => {
                return Err(Problem::new(file, format!("cannot be read: {why}"), "check its rights, or take it away"));
            }
        }
    }
    Ok(Lifecycle::built_in())
}

fn unknown<'a>(service: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let mut known: Vec<&str> = known.collect();
    known.sort_by_key(|name| strsim::levenshtein(name, service));
    let nearest: Vec<&str> = known.into_iter().take(3).collect();
    Problem::new(service, "there is no such service", format!("the nearest are {}", nearest.join(", ")))
}

fn sorted(read: Vec<Read>) -> (Vec<Arc<Document>>, Vec<String>) {
    let mut documents = Vec::new();
    let mut notes = Vec::new();
    for read in read {
        match read {
            Ok(document) => documents.push(document),
            Err(problem) => notes.push(format!("not served: {problem}")),
        }
    }
    (documents, notes)
}

/// Reading is most of what starting costs.
fn in_parallel<T: Sync>(items: &[T], read: impl Fn(&T) -> Read + Sync) -> Vec<Read> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let slots: Vec<OnceLock<Read>> = items.iter().map(|_| OnceLock::new()).collect();
    let work = || {
        loop {
            let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let (Some(item), Some(slot)) = (items.get(i), slots.get(i)) else { break };
            slot.get_or_init(|| read(item));
        }
    };
    std::thread::scope(|scope| {
        let more = std::thread::available_parallelism().map_or(1, usize::from).min(items.len()).saturating_sub(1);
        for _ in 0..more {
            scope.spawn(work);
        }
        work();
    });
    slots.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_built_in_is_served_or_told() {
        let (documents, notes) = built_in(&[]).expect("documents");
        assert_eq!(documents.len() + notes.len(), ALL.len(), "{notes:?}");
    }

    /// The judge reads the published text by itself: what is built in was made by the generator's reader.
    #[test]
    fn what_is_built_in_is_what_was_published() {
        let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/pinned");
        for (service, text) in ALL {
            let Ok(published) = std::fs::read_to_string(pinned.join(format!("{service}.yaml"))) else { continue };
            let Ok(read) = Document::parse(service, service, &published) else { continue };
            let built_in = Document::built_in(service, text).expect(service);
            // As texts, since two maps are equal in any order.
            let [published, made] = [read.value, built_in.value].map(|value| value.to_string());
            assert!(published == made, "{service} is not as published");
        }
    }

    #[test]
    fn a_correction_edits_its_place_and_no_other() {
        let mut document = serde_json::json!({"a/b": {"type": "number", "x": 1}, "list": [1, 2, 3]});
        for (pointer, value) in [
            ("/a~1b/type", Some("\"integer\"")),
            ("/a~1b/new", Some("{\"c\": true}")),
            ("/a~1b/x", None),
            ("/list/1", None),
            ("/list/1", Some("4")),
            // Of another document.
            ("/list/9", None),
            ("/gone/type", Some("1")),
            ("/list/a", Some("1")),
            ("", Some("1")),
        ] {
            correct(&mut document, pointer, value);
        }
        assert_eq!(document, serde_json::json!({"a/b": {"type": "integer", "new": {"c": true}}, "list": [1, 4]}));
    }

    /// The last edit of each document, since an earlier one may be edited again.
    #[test]
    fn what_is_built_in_is_corrected() {
        for (service, _) in ALL {
            let last = corrections::ALL.iter().rfind(|(of, ..)| of == service);
            let (Ok(document), Some((_, pointer, Some(value)))) = (load(service), last) else { continue };
            let value: Value = serde_json::from_str(value).expect("JSON");
            assert_eq!(document.value.pointer(pointer), Some(&value), "{service}{pointer}");
        }
    }

    #[test]
    fn an_unknown_service_is_told_with_the_nearest() {
        let Some((first, _)) = ALL.first() else { return };
        let problem = built_in(&[format!("{first}x")]).expect_err("unknown").to_string();
        assert!(problem.starts_with(&format!("{first}x: there is no such service")), "{problem}");
        assert!(problem.contains(&format!("the nearest are {first}")), "{problem}");
    }

    #[test]
    fn a_folder_is_read_and_what_cannot_be_served_is_told() {
        let folder = tempfile::tempdir().expect("folder");
        for (name, text) in [
            ("b.yaml", "openapi: 3.1.0\npaths: {}"),
            ("a.json", "{\"openapi\": \"3.0.0\"}"),
            ("old.yaml", "swagger: '2.0'"),
            ("bad.yaml", "a: ["),
            ("read.me", "no document"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let (documents, notes) = from_folder(folder.path(), &[]).expect("read");
        let names: Vec<&str> = documents.iter().map(|d| d.service.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(notes.len(), 2);
        assert!(notes.iter().any(|n| n.contains("old.yaml") && n.contains("Swagger 2.0")), "{notes:?}");
        assert!(notes.iter().any(|n| n.contains("bad.yaml") && n.contains("neither YAML nor JSON")), "{notes:?}");
        assert!(from_folder(folder.path(), &["c".into()]).is_err());
        assert!(from_folder(&folder.path().join("none"), &[]).is_err());
    }
}
