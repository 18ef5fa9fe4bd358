//! How much code a crate is: lines, types, operations.

use crate::emit::operations;
use crate::problem::Problem;
use serde::Serialize;
use std::path::Path;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    pub lines: usize,
    pub types: usize,
    pub operations: usize,
}

impl Size {
    pub fn lines_per_operation(&self) -> Option<usize> {
        self.lines.checked_div(self.operations)
    }
}

/// The macros of the runtime that make a type each.
const TYPE_MACROS: [&str; 6] = ["builder", "object", "open_enum", "open_int_enum", "one_of", "by_status"];

/// Of the crate in this folder.
pub fn of(dir: &Path) -> Result<Size, Problem> {
    let mut size = Size::default();
    let mut open = vec![dir.join("src")];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| Problem::io(&folder, "read the folder", &e))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).map_err(|e| Problem::io(&path, "read the file", &e))?;
                size.lines += text.lines().count();
                let (types, operations) = count(&text);
                size.types += types;
                size.operations += operations;
            }
        }
    }
    Ok(size)
}

/// Types, and calls of the operation table.
fn count(text: &str) -> (usize, usize) {
    let types = syn::parse_file(text).map_or(0, |file| {
        let is_type = |item: &&syn::Item| match item {
            syn::Item::Struct(_) | syn::Item::Enum(_) => true,
            syn::Item::Macro(m) => {
                m.mac.path.segments.last().is_some_and(|s| TYPE_MACROS.iter().any(|name| s.ident == name))
            }
            _ => false,
        };
        file.items.iter().filter(is_type).count()
    });
    (types, operations::read(text).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_counted_however_they_are_written() {
        let text = "dintero_client::object! { read pub struct A {} }\nx::open_enum! { pub enum B {} }\npub struct C;\n\
                    dintero_client::call_options!(C);\nstatic D: O = O { name: \"d\", method: \"GET\", path: \"/d\" };";
        assert_eq!(count(text), (3, 1));
    }

    #[test]
    fn a_folder_that_is_no_crate_is_named() {
        let dir = tempfile::tempdir().expect("dir");
        assert!(of(dir.path()).is_err());
    }
}
