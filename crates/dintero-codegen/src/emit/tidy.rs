//! Short paths for the types that typify makes.

use syn::visit_mut::{VisitMut, visit_path_mut};

/// `::std::option::Option` -> `Option`, and so on. The names are reserved, so no generated type shadows them.
pub struct ShortPaths;

impl VisitMut for ShortPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_path_mut(self, path);
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keep = match names.as_slice() {
            ["std", "option", "Option"]
            | ["std", "string", "String"]
            | ["std", "vec", "Vec"]
            | ["std", "boxed", "Box"] => 1,
            ["std", "result", "Result"] => 1,
            // Types are written where they stand.
            ["crate", "types", _] | ["super", "types", _] => 1,
            // chrono comes with the runtime, so that both mean the same version.
            ["chrono", "offset", "Utc"] => {
                path.leading_colon = None;
                *path = syn::parse_quote!(chrono::Utc);
                return;
            }
            ["chrono", ..]
            | ["serde_json", ..]
            | ["std", ..]
            | ["serde", ..]
            | ["dintero_client", ..]
            | ["dintero_types", ..]
            | ["reqwest", ..] => {
                path.leading_colon = None;
                return;
            }
            _ => return,
        };
        path.leading_colon = None;
        let tail: Vec<syn::PathSegment> = path.segments.iter().skip(names.len() - keep).cloned().collect();
        path.segments = tail.into_iter().collect();
    }
}
