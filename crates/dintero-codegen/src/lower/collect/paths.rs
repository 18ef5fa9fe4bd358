//! Paths, and the names between their braces.

use super::read::PASS;
use crate::model::Service;
use crate::problem::Problem;
use std::collections::BTreeSet;

/// A path begins with a slash, and its braces pair.
pub fn sound_path(service: &mut Service, path: &str, pointer: &str) -> Result<String, Problem> {
    let mut open = false;
    for c in path.chars() {
        let fine = match c {
            '{' => !std::mem::replace(&mut open, true),
            '}' => std::mem::replace(&mut open, false),
            '/' => !open,
            _ => true,
        };
        if !fine {
            open = true;
            break;
        }
    }
    if open || path.contains("{}") {
        return Err(Problem::new(
            service.file.clone(),
            pointer,
            format!("the braces of the path `{path}` do not pair, so its parameters cannot be told"),
            "correct the path by an overlay in specs/overlays",
        ));
    }
    if path.split_once('#').is_some_and(|(_, fragment)| fragment.contains('{')) {
        return Err(Problem::new(
            service.file.clone(),
            pointer,
            "the path has a parameter behind `#`, where nothing is ever sent",
            "correct the path by an overlay in specs/overlays",
        ));
    }
    if path.contains('#') {
        service.note(
            PASS,
            pointer,
            "what follows `#` in a path is never sent; the rest of the call tells it from others",
        );
    }
    if path.starts_with('/') {
        return Ok(path.to_string());
    }
    service.warn(PASS, pointer, format!("the path `{path}` does not begin with a slash; one is put before it"));
    Ok(format!("/{path}"))
}

/// Names between braces, in order.
pub fn template(path: &str) -> Vec<String> {
    let mut names: Vec<String> =
        path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.to_string())).collect();
    let mut seen = BTreeSet::new();
    names.retain(|n| seen.insert(n.clone()));
    names
}

#[cfg(test)]
mod tests {
    use crate::catalog::Policy;
    use crate::lower::collect::run;
    use serde_json::json;

    #[test]
    fn a_path_is_sound_or_refused() {
        let path = |path: &str| {
            let doc = json!({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://e.com"}],
                "paths": {path: {"get": {"responses": {"200": {"description": ""}}}}}});
            let policy = Policy::default();
            run("spec.yaml", "t", &doc, &policy, Vec::new()).map(|s| s.operations[0].path.clone())
        };
        assert_eq!(path("things").expect("mended"), "/things");
        assert_eq!(path("/a/{b}{c}#d").expect("fine"), "/a/{b}{c}#d");
        for broken in ["/{a", "/a}", "/{a{b}}", "/{a/b}", "/{}"] {
            let problem = path(broken).expect_err("refused");
            assert!(problem.reason.contains("do not pair") && problem.pointer.starts_with("/paths/"), "{problem}");
        }
    }
}
