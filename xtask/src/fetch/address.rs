//! Which addresses may be asked at all, and where `--base-url` turns them to.

use crate::problem::Problem;
use reqwest::Url;
use url::Host;

/// Turns published addresses into those that are asked.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The publisher's origin, and what stands in for it.
    instead: Option<(url::Origin, Url)>,
}

impl Addresses {
    /// `published` is any address of the publisher: its origin is the one that `base_url` takes the place of.
    pub fn new(published: &str, base_url: Option<&str>) -> Result<Self, Problem> {
        let Some(base_url) = base_url else { return Ok(Self { instead: None }) };
        let base = parse("--base-url", base_url)?;
        let publisher = parse("specs/catalog.toml", published)?;
        Ok(Self { instead: Some((publisher.origin(), base)) })
    }

    /// The stand-in, for the lock.
    pub fn mirror(&self) -> Option<String> {
        self.instead.as_ref().map(|(_, base)| base.as_str().trim_end_matches('/').to_string())
    }

    /// Whether all requests stay on this machine.
    pub fn is_local(&self) -> bool {
        self.instead.as_ref().is_some_and(|(_, base)| is_loopback(base))
    }

    /// The address to ask for a published one.
    pub fn of(&self, published: &str) -> Result<Url, Problem> {
        let address = parse("specs/catalog.toml", published)?;
        let Some((_, base)) = self.instead.as_ref().filter(|(origin, _)| *origin == address.origin()) else {
            return Ok(address);
        };
        let query = address.query().map(|q| format!("?{q}")).unwrap_or_default();
        parse("--base-url", &format!("{}{}{query}", base.as_str().trim_end_matches('/'), address.path()))
    }
}

/// An address that may be asked: https, or http to this machine.
fn parse(place: &str, address: &str) -> Result<Url, Problem> {
    let url = Url::parse(address).map_err(|why| {
        Problem::new(place, "", format!("`{address}` is no address: {why}"), "give a whole one: https://host/path")
    })?;
    if !is_allowed(&url) {
        return Err(Problem::new(
            place,
            "",
            format!("`{address}` is not asked: only https is, and http on this machine (a loopback address)"),
            "use https",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Problem::new(
            place,
            "",
            "an address with a user name or password is not asked",
            "leave them out; the documents are public",
        ));
    }
    Ok(url)
}

pub fn is_allowed(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_only_here() {
        for good in ["https://docs.example.com", "http://127.0.0.1:80", "http://[::1]:9", "http://localhost/x"] {
            Addresses::new("https://docs.example.com/llms.txt", Some(good)).expect(good);
        }
        for (bad, reason) in [
            ("http://docs.example.com", "only https is"),
            ("http://10.0.0.1", "only https is"),
            ("http://localhost.example.com", "only https is"),
            ("ftp://127.0.0.1", "only https is"),
            ("file:///etc/passwd", "only https is"),
            ("docs.example.com", "is no address"),
            ("https://me:secret@docs.example.com", "user name"),
        ] {
            let p = Addresses::new("https://docs.example.com/llms.txt", Some(bad)).expect_err(bad);
            assert!(p.file == "--base-url" && p.reason.contains(reason) && !p.to_string().contains("secret"), "{p}");
        }
        let p = Addresses::new("", None).expect("no base").of("http://docs.example.com/a.yaml").expect_err("http");
        assert_eq!(p.file, "specs/catalog.toml");
    }

    #[test]
    fn only_the_publisher_is_replaced() {
        let to =
            Addresses::new("https://docs.example.com/llms.txt", Some("http://127.0.0.1:8000/copy/")).expect("fine");
        let of = |a: &str| to.of(a).expect("fine").to_string();
        assert_eq!(of("https://docs.example.com/a/b.yaml?v=2"), "http://127.0.0.1:8000/copy/a/b.yaml?v=2");
        assert_eq!(of("https://other.example.com/a.yaml"), "https://other.example.com/a.yaml");
        assert_eq!(to.mirror().as_deref(), Some("http://127.0.0.1:8000/copy"));
    }
}
