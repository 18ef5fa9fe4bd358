//! The pages of the publisher's reference, by the published index (specs/index.tsv).

use crate::catalog::Layout;
use std::collections::BTreeMap;

/// `GET /a` -> the address of its page. An operation that several documents have has the page of whichever is listed, its
/// own first. The index is from outside: what could be no part of an address is left out.
pub fn pages(layout: &Layout, service: &str, reference: &str) -> BTreeMap<String, String> {
    let index = std::fs::read_to_string(layout.root.join("specs/index.tsv")).unwrap_or_default();
    of(&index, service, reference)
}

fn of(index: &str, service: &str, reference: &str) -> BTreeMap<String, String> {
    let is_plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let mut out: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for line in index.lines().skip(1) {
        let [section, slug, _, of, method, path, ..] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
        if !is_plain(section) || !is_plain(slug) {
            continue;
        }
        let own = of == service;
        let known = out.get(&format!("{method} {path}")).map(|(own, _)| *own);
        if known.is_none_or(|known| own && !known) {
            out.insert(format!("{method} {path}"), (own, format!("{reference}/{section}/{slug}")));
        }
    }
    out.into_iter().map(|(call, (_, page))| (call, page)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_the_page_of_its_own_service_or_of_another() {
        let index = "section\tslug\ttitle\tservice\tmethod\tpath\n\
                     a\tone\tOne\tother\tGET\t/x\n\
                     b\ttwo\tTwo\town\tGET\t/x\n\
                     c\tthree\tThree\tother\tGET\t/y\n\
                     d\tx](javascript:1)\tEvil\town\tGET\t/z\n";
        let pages = of(index, "own", "https://e.example");
        assert_eq!(pages["GET /x"], "https://e.example/b/two");
        assert_eq!(pages["GET /y"], "https://e.example/c/three");
        assert!(!pages.contains_key("GET /z"));
    }
}
