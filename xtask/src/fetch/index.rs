//! The published index (llms.txt) as a source: which documents it lists, and where that and the catalog part.

use crate::catalog::{Catalog, Role};
use crate::problem::Problem;
use dintero_codegen::drift::report::CatalogDrift;
use pulldown_cmark::{Event, Parser, Tag};
use reqwest::Url;
use std::collections::BTreeSet;

/// The addresses that the index lists; a page that lists none is no index.
pub fn accept(address: &str, markdown: &[u8]) -> Result<Vec<String>, Problem> {
    match read(address, markdown) {
        none if none.is_empty() => Err(Problem::new(
            address,
            "",
            "lists no OpenAPI document",
            "open it in a browser; if the list has moved, correct `index` in specs/catalog.toml",
        )),
        listed => Ok(listed),
    }
}

/// The addresses of OpenAPI documents in the Markdown of the index, in its order.
fn read(address: &str, markdown: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(markdown);
    let mut found: Vec<String> = Vec::new();
    for event in Parser::new(&text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => found.push(dest_url.to_string()),
            Event::Text(text) | Event::Code(text) => found.extend(bare(&text)),
            _ => {}
        }
    }
    let base = Url::parse(address).ok();
    let mut seen = BTreeSet::new();
    let absolute = found.iter().filter_map(|link| match &base {
        Some(base) => base.join(link).ok(),
        None => Url::parse(link).ok(),
    });
    absolute
        .filter(|url| url.has_host() && is_document(url.path()))
        .map(|mut url| {
            url.set_fragment(None);
            url.to_string()
        })
        .filter(|url| seen.insert(url.clone()))
        .collect()
}

/// Addresses that stand in the text without being links.
fn bare(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| c.is_whitespace() || "()<>[]\"'`,".contains(c));
    words
        .filter(|w| w.starts_with("https://") || w.starts_with("http://"))
        .map(|w| w.trim_end_matches(['.', ';', ':']).to_string())
}

/// By the end of the path: the index lists pages as well, which end otherwise.
fn is_document(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

/// What the index lists and the catalog does not, and the other way round.
pub fn drift(catalog: &Catalog, listed: &[String]) -> Vec<CatalogDrift> {
    let ours: BTreeSet<&str> = catalog.documents.iter().map(|d| d.url.as_str()).collect();
    let theirs: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
    let new = listed.iter().filter(|url| !ours.contains(url.as_str())).map(|url| CatalogDrift {
        url: url.clone(),
        listed: true,
        message: format!("the index lists {url}, and the catalog does not"),
        entry: entry(catalog, url),
    });
    let gone = catalog.documents.iter().filter(|d| !theirs.contains(d.url.as_str())).map(|d| CatalogDrift {
        url: d.url.clone(),
        listed: false,
        message: format!("the catalog lists {}, and the index does not", d.url),
        entry: format!("the entry with url = \"{}\"", d.url),
    });
    new.chain(gone).collect()
}

/// The entry to add: role and service are read off the address by the way those of the catalog are made.
fn entry(catalog: &Catalog, url: &str) -> String {
    let taken = |service: &str| catalog.services().any(|d| d.service == service);
    let alike = catalog.documents.iter().filter(|d| !d.service.is_empty()).find_map(|d| {
        let (before, after) = d.url.rsplit_once(d.service.as_str())?;
        let service = url.strip_prefix(before)?.strip_suffix(after)?;
        let sound =
            !service.is_empty() && service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        sound.then(|| (service.to_string(), d.role))
    });
    let file = url.rsplit('/').next().unwrap_or_default();
    let stem = file.split(['.', '?']).next().unwrap_or_default().to_ascii_lowercase().replace('_', "-");
    let (service, role) = alike.unwrap_or((stem, Role::Service));
    // A second document of a service is another vintage; a vintage of no service is the service.
    let role = if taken(&service) {
        Role::OlderCopy
    } else if role == Role::OlderCopy {
        Role::Service
    } else {
        role
    };
    let role = if role == Role::OlderCopy { "older-copy" } else { "service" };
    format!("[[document]]\nservice = \"{service}\"\nrole = \"{role}\"\nurl = \"{url}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "https://docs.example.com/llms.txt";

    fn catalog() -> Catalog {
        let house = "[house]\nevent_paths = []\nmoney_words = []\nsensitive = []\naccount_parameters = []\nindex = ''\nreference = ''\n";
        let documents = [
            ("service", "orders", "https://docs.example.com/openapi/spec-orders.yaml"),
            ("service", "cards", "https://docs.example.com/openapi/spec-cards.yaml"),
            ("older-copy", "orders", "https://docs.example.com/old/orders-api.yaml"),
        ];
        let entries = documents.map(|(role, service, url)| {
            format!("[[document]]\nrole = '{role}'\nservice = '{service}'\nurl = '{url}'\n")
        });
        Catalog::parse("specs/catalog.toml", &format!("{house}{}", entries.concat())).expect("a catalog")
    }

    #[test]
    fn documents_are_found_however_they_are_written() {
        let text = "# Docs\n\n- [Create](https://docs.example.com/api/create.md): a page\n\
            - [spec](/openapi/spec-a.yaml)\n- [again](https://docs.example.com/openapi/spec-a.yaml#top)\n\
            - https://docs.example.com/openapi/b.JSON.\n- <https://docs.example.com/c.yml>\n\
            - `https://docs.example.com/d.yaml`, and [mail](mailto:me@example.com/e.yaml)\n";
        assert_eq!(
            read(INDEX, text.as_bytes()),
            ["openapi/spec-a.yaml", "openapi/b.JSON", "c.yml", "d.yaml"]
                .map(|p| format!("https://docs.example.com/{p}"))
        );
        assert_eq!(read(INDEX, b"<html><body>no index</body></html>"), Vec::<String>::new());
        assert_eq!(read(INDEX, b"\xff\xfe"), Vec::<String>::new());
    }

    #[test]
    fn both_ways_are_told_with_the_entry_to_add() {
        let listed = [
            "https://docs.example.com/openapi/spec-orders.yaml",
            "https://docs.example.com/openapi/spec-cards.yaml",
            "https://docs.example.com/openapi/spec-gift-cards.yaml",
            "https://docs.example.com/old/cards-api.yaml",
            "https://docs.example.com/old/boats-api.yaml",
            "https://docs.example.com/elsewhere/New_Thing.json",
        ];
        let drift = drift(&catalog(), &listed.map(String::from));
        let added = |service: &str, role: &str, url: &str| {
            format!(
                "[[document]]\nservice = \"{service}\"\nrole = \"{role}\"\nurl = \"https://docs.example.com/{url}\"\n"
            )
        };
        let entries: Vec<&str> = drift.iter().filter(|d| d.listed).map(|d| d.entry.as_str()).collect();
        assert_eq!(
            entries,
            [
                added("gift-cards", "service", "openapi/spec-gift-cards.yaml"),
                added("cards", "older-copy", "old/cards-api.yaml"),
                added("boats", "service", "old/boats-api.yaml"),
                added("new-thing", "service", "elsewhere/New_Thing.json"),
            ]
        );
        let gone: Vec<&str> = drift.iter().filter(|d| !d.listed).map(|d| d.url.as_str()).collect();
        assert_eq!(gone, ["https://docs.example.com/old/orders-api.yaml"]);
    }
}
