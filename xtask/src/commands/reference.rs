//! The published index (specs/index.tsv): the operations that the publisher's reference has a page of.

use crate::catalog::Layout;
use std::collections::BTreeMap;

/// A line of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    pub section: &'a str,
    pub slug: &'a str,
    pub service: &'a str,
    pub method: &'a str,
    pub path: &'a str,
}

/// The text of the index; empty where there is none.
pub fn index(layout: &Layout) -> String {
    std::fs::read_to_string(layout.root.join("specs/index.tsv")).unwrap_or_default()
}

/// Its lines, below the one that names the columns.
pub fn lines(index: &str) -> impl Iterator<Item = Page<'_>> {
    index.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let (section, slug) = (cells.next()?, cells.next()?);
        let (service, method, path) = (cells.nth(1)?, cells.next()?, cells.next()?);
        Some(Page { section, slug, service, method, path })
    })
}

/// `GET /a` -> the address of its page. An operation that several documents have has the page of whichever is listed, its
/// own first. The index is from outside: what could be no part of an address is left out.
pub fn pages(index: &str, service: &str, reference: &str) -> BTreeMap<String, String> {
    let is_plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let mut out: BTreeMap<String, (bool, String)> = BTreeMap::new();
    for page in lines(index).filter(|page| is_plain(page.section) && is_plain(page.slug)) {
        let (call, own) = (format!("{} {}", page.method, page.path), page.service == service);
        if out.get(&call).is_none_or(|(known, _)| own && !known) {
            out.insert(call, (own, format!("{reference}/{}/{}", page.section, page.slug)));
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
        let pages = pages(index, "own", "https://e.example");
        assert_eq!(pages["GET /x"], "https://e.example/b/two");
        assert_eq!(pages["GET /y"], "https://e.example/c/three");
        assert!(!pages.contains_key("GET /z"));
    }
}
