//! Where a call goes, and which addresses may be given a credential.
//!
//! The servers of the operations come from published documents, so they are a stranger's word: a call may go there, a
//! credential only to a host of the house rules, to what stands in for a host, and to what the program allows by name.

use std::{borrow::Cow, net::IpAddr};

use reqwest::Url;

use crate::{Error, house};

/// What stands for the server of a request that is made before its server is known; [`Hosts::resolve`] puts the real one in.
pub(crate) const PLACEHOLDER: &str = "http://dintero.invalid";

/// Server of raw requests that name no host, and of the login.
pub(crate) const API: &str = "https://api.dintero.com";

/// The published hosts, or what stands for them.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    /// Lists of hosts that may be given a credential: that of the house, and those of generated crates.
    pub(crate) lists: Vec<&'static [&'static str]>,
    /// Hosts that the program allows, as they stand in addresses.
    pub(crate) allowed: Vec<String>,
    /// In place of every published host.
    pub(crate) all: Option<Url>,
    /// In place of one published host.
    pub(crate) one: Vec<(String, Url)>,
    pub(crate) allow_http: bool,
    /// What the program built the transport with, as messages name it.
    pub(crate) builder: &'static str,
}

/// The builder that most programs see of this crate.
pub(crate) const BUILDER: &str = "`Transport::builder()`";

impl Default for Hosts {
    fn default() -> Self {
        Self {
            lists: vec![house::HOSTS],
            allowed: Vec::new(),
            all: None,
            one: Vec::new(),
            allow_http: false,
            builder: BUILDER,
        }
    }
}

impl Hosts {
    /// The address of a call: `server` or its stand-in, with path and query of `url`.
    pub(crate) fn resolve(&self, server: &str, url: &Url) -> Result<Url, Error> {
        let mut text = self.base(server)?.into_owned();
        text.push_str(url.path());
        if let Some(query) = url.query() {
            text.push('?');
            text.push_str(query);
        }
        text.parse().map_err(|why| Error::invalid(format!("the server `{server}` and the path make no address: {why}")))
    }

    /// `server` or its stand-in, without a trailing slash.
    pub(crate) fn base<'a>(&self, server: &'a str) -> Result<Cow<'a, str>, Error> {
        let server = server.trim_end_matches('/');
        let Some((scheme, rest)) = server.split_once("://").filter(|(_, rest)| !rest.is_empty()) else {
            // A document may leave the host to its reader.
            let Some(base) = &self.all else {
                return Err(Error::invalid(format!(
                    "the operation's server `{server}` names no host; give `base_url` to {}",
                    self.builder
                )));
            };
            let joined = format!("{}/{}", base.as_str().trim_end_matches('/'), server.trim_start_matches('/'));
            return Ok(joined.trim_end_matches('/').to_owned().into());
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        check_authority(server, authority)?;
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        };
        match self.stand_in(host) {
            Some(stand_in) => Ok(format!("{}{path}", stand_in.as_str().trim_end_matches('/')).into()),
            None if scheme == "https" => Ok(server.into()),
            None => {
                let published: Url = server
                    .parse()
                    .map_err(|why| Error::invalid(format!("the operation's server `{server}` is no address: {why}")))?;
                match self.is_safe(&published) {
                    true => Ok(server.into()),
                    false => Err(Error::config(
                        "server",
                        format!(
                            "the operation's server `{server}` is not https; give `base_url_for` its host to {}",
                            self.builder
                        ),
                    )),
                }
            }
        }
    }

    /// Whether `url` is an address below this base.
    pub(crate) fn is_below(base: &str, url: &Url) -> bool {
        match url.as_str().strip_prefix(base) {
            Some(rest) => rest.is_empty() || rest.starts_with(['/', '?']),
            // A base that is not written as addresses are.
            None => base.parse::<Url>().is_ok_and(|base| same_origin(&base, url)),
        }
    }

    /// A whole address from outside, or its stand-in; `None` if credentials may not go there.
    pub(crate) fn resolve_address(&self, url: Url) -> Option<Url> {
        if !self.knows(&url) {
            return None;
        }
        // What stands in for a host is not stood in for, though the program may have allowed its name too.
        match self.stands_in(&url) && !self.is_listed(&url) {
            true => Some(url),
            false => self.resolve(&url.origin().ascii_serialization(), &url).ok(),
        }
    }

    fn stand_in(&self, host: &str) -> Option<&Url> {
        let one = self.one.iter().find(|(name, _)| name.eq_ignore_ascii_case(host));
        one.map(|(_, url)| url).or(self.all.as_ref())
    }

    /// Whether `url` is an address that credentials may go to.
    pub(crate) fn knows(&self, url: &Url) -> bool {
        !has_user(url) && (self.stands_in(url) || self.is_listed(url) || self.is_allowed(url))
    }

    /// Whether `url` is an address on what stands in for a host.
    fn stands_in(&self, url: &Url) -> bool {
        self.one.iter().map(|(_, url)| url).chain(&self.all).any(|known| same_origin(known, url))
    }

    /// Whether `url` is an address at a host of the lists.
    fn is_listed(&self, url: &Url) -> bool {
        let is_listed = |host| self.lists.iter().any(|list| lists(list, host));
        is_usual(url) && url.domain().is_some_and(|host| !host.split('.').any(str::is_empty) && is_listed(host))
    }

    /// Whether `url` is an address at a host that the program allows.
    fn is_allowed(&self, url: &Url) -> bool {
        let is_near = matches!(url.scheme(), "https" | "http") && is_loopback(url);
        (is_usual(url) || is_near) && url.host_str().is_some_and(|host| self.allowed.iter().any(|name| name == host))
    }

    /// Why no credential goes to `url`, which is not known.
    pub(crate) fn refusal(&self, url: &Url) -> Error {
        let host = url.host_str().unwrap_or_default();
        let mut usual = url.clone();
        // What cannot be changed leaves an address that is not known either.
        let _ = usual.set_scheme("https");
        let _ = usual.set_port(None);
        let _ = usual.set_username("");
        let _ = usual.set_password(None);
        if self.is_listed(&usual) || self.is_allowed(&usual) {
            return Error::auth(format!(
                "nothing was sent to `{}`: a credential goes to this host only over https, at the usual port and \
                 without a user name in the address; if the operation's server is right, give `base_url_for` the host \
                 to {}",
                url.origin().ascii_serialization(),
                self.builder
            ));
        }
        Error::auth(format!(
            "nothing was sent to `{host}`: the operation's server is not one of the hosts that may be given a \
             credential; if it is right, allow it by giving `credential_host` to {}",
            self.builder
        ))
    }

    /// Whether these hosts are on the lists already.
    pub(crate) fn covers(&self, hosts: &[&str]) -> bool {
        hosts.iter().all(|host| self.lists.iter().any(|list| lists(list, host)))
    }

    /// The name of a host from outside, as it stands in addresses.
    pub(crate) fn read_name(text: &str) -> Result<String, Error> {
        let told = |why: &str| Error::config("credential host", why.to_owned());
        let form = "it is no name of a host; give the name alone, such as api.example.com";
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return match address {
                _ if !address.is_loopback() => Err(told("it is an address; give a name, or a loopback address")),
                IpAddr::V4(address) => Ok(address.to_string()),
                IpAddr::V6(address) => Ok(format!("[{address}]")),
            };
        }
        let is_plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !is_plain || text.split('.').any(str::is_empty) {
            return Err(told(form));
        }
        let url: Url = format!("https://{text}/").parse().map_err(|why| told(&format!("{form} ({why})")))?;
        url.domain().map(str::to_owned).ok_or_else(|| told(form))
    }

    /// A base url from outside.
    pub(crate) fn read_base(&self, text: &str) -> Result<Url, Error> {
        let told = |why: &str| Error::config("base url", why.to_owned());
        let url: Url = text.parse().map_err(|why| {
            told(&format!("it is no address ({why}); give one such as https://example.test or http://127.0.0.1:8080"))
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(told("it must begin with https:// or http:// and name a host"));
        }
        if has_user(&url) {
            return Err(told(
                "it holds a user name or password; take them out, and give credentials by `login` or the like",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(told("it has a query or fragment, so that no path can be joined; take them out"));
        }
        match self.is_safe(&url) {
            true => Ok(url),
            false => Err(told(
                "it is not https, and credentials would be readable on the way; use https, a loopback address, or \
                 `allow_http` (of an address in the environment: DINTERO_ALLOW_HTTP=1)",
            )),
        }
    }

    /// Whether nobody can read along on the way, or the program does not mind.
    fn is_safe(&self, url: &Url) -> bool {
        url.scheme() == "https" || self.allow_http || is_loopback(url)
    }

    /// Whether all calls go to this machine.
    pub(crate) fn all_is_near(&self) -> bool {
        self.all.as_ref().is_some_and(is_loopback)
    }

    /// Whether any call needs TLS.
    pub(crate) fn need_tls(&self) -> bool {
        self.all.as_ref().is_none_or(|url| url.scheme() == "https")
            || self.one.iter().any(|(_, url)| url.scheme() == "https")
    }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme() && a.host_str() == b.host_str() && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether it is https at the usual port.
fn is_usual(url: &Url) -> bool {
    url.scheme() == "https" && url.port().is_none()
}

/// Whether there is a user name or password in an address.
pub(crate) fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether `host` is one of these names, or below one of the suffixes.
fn lists(list: &[&str], host: &str) -> bool {
    list.iter().any(|name| {
        let from = if name.starts_with('.') { host.len().saturating_sub(name.len()) } else { 0 };
        host.get(from..).is_some_and(|end| end.eq_ignore_ascii_case(name))
    })
}

/// Refuses a server whose host is not what stands between `//` and `/`: the HTTP client takes a user name out and makes
/// a credential of it, and to the parser `\` is a `/` and a line break nothing.
fn check_authority(server: &str, authority: &str) -> Result<(), Error> {
    let is_odd = |c: char| matches!(c, '@' | '\\' | '?' | '#') || c.is_whitespace() || c.is_control();
    if !authority.is_empty() && !authority.contains(is_odd) {
        return Ok(());
    }
    let url = server.parse::<Url>().ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("none that can be read");
    Err(Error::invalid(format!(
        "the operation's server (host: {host}) has a user name or a character that no host has, so nothing was sent; \
         correct it in the document"
    )))
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKOUT: &str = "https://checkout.dintero.com/v1";

    fn resolved(hosts: &Hosts, server: &str, path: &str) -> String {
        let url = format!("{PLACEHOLDER}{path}").parse().unwrap();
        hosts.resolve(server, &url).unwrap().to_string()
    }

    fn standing_in(all: Option<&str>, one: &[(&str, &str)]) -> Hosts {
        Hosts {
            all: all.map(|url| url.parse().unwrap()),
            one: one.iter().map(|(host, url)| (host.to_string(), url.parse().unwrap())).collect(),
            ..Hosts::default()
        }
    }

    #[test]
    fn joins_server_and_path_without_doubling_the_slash() {
        let none = Hosts::default();
        assert_eq!(
            resolved(&none, CHECKOUT, "/sessions?limit=1&a=%20"),
            "https://checkout.dintero.com/v1/sessions?limit=1&a=%20"
        );
        assert_eq!(resolved(&none, "https://api.dintero.com/", "/v2/x"), "https://api.dintero.com/v2/x");
        for base in ["http://127.0.0.1:9", "http://127.0.0.1:9/"] {
            let hosts = standing_in(Some(base), &[]);
            assert_eq!(resolved(&hosts, CHECKOUT, "/sessions"), "http://127.0.0.1:9/v1/sessions");
            assert_eq!(resolved(&hosts, "https://api.dintero.com", "/v2/x"), "http://127.0.0.1:9/v2/x");
        }
        let below = standing_in(Some("http://[::1]:9/mock/"), &[]);
        assert_eq!(resolved(&below, CHECKOUT, "/sessions"), "http://[::1]:9/mock/v1/sessions");
    }

    #[test]
    fn what_is_below_a_base_is_told_from_what_climbs_out_of_it() {
        let below = |base: &str, url: &str| Hosts::is_below(base, &url.parse().unwrap());
        assert!(below(CHECKOUT, "https://checkout.dintero.com/v1/x?a=1"));
        assert!(below(CHECKOUT, "https://checkout.dintero.com/v1?a=1"));
        assert!(!below("https://other.test/v1", "https://other.test.evil/v1/x"));
        assert!(!below("https://other.test", "https://other.test@evil.test/x"));
        assert!(below("https://OTHER.test:443/v1", "https://other.test/v1/x"));
        assert!(!below("https://other.test", "http://other.test/x"));
    }

    #[test]
    fn a_published_server_without_https_is_refused() {
        let url = format!("{PLACEHOLDER}/x").parse().unwrap();
        for one in [vec![], vec![("other.test", "http://127.0.0.1:1")]] {
            let hosts = standing_in(None, &one);
            let error = hosts.resolve("http://api.dintero.com", &url).unwrap_err();
            assert!(error.to_string().contains("not https"), "{error}");
        }
        let hosts = standing_in(None, &[]);
        let error = hosts.resolve("api.dintero.com", &url).unwrap_err();
        assert!(error.to_string().contains("names no host"), "{error}");
        // A document that leaves the host to its reader has only a path, or nothing.
        let hosts = standing_in(Some("http://127.0.0.1:1/base"), &[]);
        assert_eq!(resolved(&hosts, "/v1", "/s"), "http://127.0.0.1:1/base/v1/s");
        assert_eq!(resolved(&hosts, "", "/s"), "http://127.0.0.1:1/base/s");
    }

    #[test]
    fn one_host_goes_before_all() {
        let hosts = standing_in(Some("http://127.0.0.1:1"), &[("checkout.dintero.com", "http://127.0.0.1:2")]);
        assert_eq!(resolved(&hosts, CHECKOUT, "/s"), "http://127.0.0.1:2/v1/s");
        assert_eq!(resolved(&hosts, "https://api.dintero.com/v1", "/s"), "http://127.0.0.1:1/v1/s");
        let hosts = standing_in(None, &[("checkout.dintero.com", "http://127.0.0.1:2")]);
        assert_eq!(resolved(&hosts, "https://api.dintero.com/v1", "/s"), "https://api.dintero.com/v1/s");
    }

    #[test]
    fn credentials_go_to_dintero_and_to_the_stand_in_only() {
        let hosts = standing_in(Some("http://127.0.0.1:9"), &[]);
        for (url, known) in [
            ("https://api.dintero.com/v1", true),
            ("https://payments.psp-test.dintero.com/", true),
            ("http://127.0.0.1:9/v1", true),
            ("http://127.0.0.1:10/v1", false),
            ("http://api.dintero.com/", false),
            ("https://api.dintero.com:8443/", false),
            ("https://dintero.com.example/", false),
            ("https://notdintero.com/", false),
            ("https://example.test/", false),
            ("https://API.Dintero.com:443/", true),
            ("https://dintero.com/", false),
            ("https://api.dintero.com./", false),
            ("https://.dintero.com/", false),
            ("https://api..dintero.com/", false),
            ("https://me@api.dintero.com/", false),
            ("http://me:pw@127.0.0.1:9/v1", false),
            ("https://127.0.0.1:9/v1", false),
            // A Cyrillic е, and wide letters, which are the same host to everyone.
            ("https://api.dintеro.com/", false),
            ("https://ａｐｉ.dintero.com/", true),
            ("https://192.0.2.1/", false),
            ("data:.dintero.com", false),
        ] {
            assert_eq!(hosts.knows(&url.parse().unwrap()), known, "{url}");
        }
    }

    #[test]
    fn names_and_suffixes_are_told_apart() {
        let list: &[&str] = &["a.test", ".B.test", ".0.2.1", ".", ""];
        let hosts = Hosts { lists: vec![list], ..Hosts::default() };
        for (host, known) in [
            ("a.test", true),
            ("A.test", true),
            ("x.a.test", false),
            ("xa.test", false),
            ("b.test", false),
            ("x.b.test", true),
            ("y.x.b.test", true),
            ("xb.test", false),
            (".b.test", false),
            ("a.test.", false),
            ("x.b.test.", false),
            ("é.b.test", true),
            ("b.testé", false),
            ("api.dintero.com", false),
            // An address is no name, whatever its end.
            ("192.0.2.1", false),
        ] {
            let url: Url = format!("https://{host}/").parse().unwrap();
            assert_eq!(hosts.knows(&url), known, "{host}");
            assert!(!hosts.knows(&format!("http://{host}/").parse().unwrap()), "{host}");
        }
        assert!(hosts.covers(&["a.test", ".b.test", "x.b.test", ".x.b.test"]) && hosts.covers(&[]));
        assert!(!hosts.covers(&["a.test", "b.test"]) && !hosts.covers(&[".a.test"]));
    }

    #[test]
    fn a_name_from_outside_is_a_name_alone() {
        for (text, name) in [
            ("api.example.com", "api.example.com"),
            ("API.Example.com", "api.example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(Hosts::read_name(text).unwrap(), name);
        }
        for text in [
            "",
            ".",
            ".example.com",
            "example.com.",
            "a..example.com",
            "*.example.com",
            "https://example.com",
            "example.com/v1",
            "example.com:443",
            "me:hidden@example.com",
            "a b.example.com",
            "a\nb.example.com",
            "example.com%2e",
            "192.0.2.1",
            "0x7f.1",
            "2130706433",
            "[2001:db8::7]",
            "xn--\u{301}",
        ] {
            let error = Hosts::read_name(text).unwrap_err().to_string();
            assert!(error.starts_with("credential host: ") && !error.contains("hidden"), "{text}: {error}");
        }
    }

    #[test]
    fn a_host_that_the_program_allows_is_that_host_alone() {
        let allowed = ["api.example.com", "localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into();
        let hosts = Hosts { allowed, ..Hosts::default() };
        for (url, known) in [
            ("https://api.example.com/", true),
            ("http://api.example.com/", false),
            ("https://api.example.com:8443/", false),
            ("https://me@api.example.com/", false),
            ("https://x.api.example.com/", false),
            ("https://api.example.com./", false),
            ("http://localhost:81/", true),
            ("http://x.localhost/", false),
            ("http://127.0.0.1:81/", true),
            ("https://127.0.0.1/", true),
            ("http://127.0.0.2/", false),
            ("http://[::1]:81/", true),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(hosts.knows(&url.parse().unwrap()), known, "{url}");
        }
    }

    #[test]
    fn a_server_whose_host_is_not_what_it_seems_is_refused() {
        for all in [None, Some("http://127.0.0.1:9")] {
            let hosts = standing_in(all, &[]);
            for (server, host) in [
                ("https://api.dintero.com@evil.example/v1", "evil.example"),
                ("https://api.dintero.com:443@evil.example/v1", "evil.example"),
                ("https://evil.example\\@api.dintero.com", "evil.example"),
                ("https://evil.example\\.dintero.com/v1", "evil.example"),
                ("https://evil.example#.dintero.com", "evil.example"),
                ("https://evil.example?.dintero.com", "evil.example"),
                ("https:///api.dintero.com@evil.example/v1", "evil.example"),
                ("https://\t/api.dintero.com@evil.example/v1", "evil.example"),
                ("https:// ", "none that can be read"),
            ] {
                let error = hosts.base(server).unwrap_err().to_string();
                assert!(error.contains(&format!("host: {host})")), "{server}: {error}");
            }
        }
    }

    #[test]
    fn a_whole_address_goes_to_its_stand_in() {
        let hosts = standing_in(Some("http://127.0.0.1:9/mock"), &[]);
        let to = |url: &str| hosts.resolve_address(url.parse().unwrap()).map(String::from);
        assert_eq!(to("https://checkout.dintero.com/v1/x?a=1").unwrap(), "http://127.0.0.1:9/mock/v1/x?a=1");
        assert_eq!(to("http://127.0.0.1:9/mock/v1/x").unwrap(), "http://127.0.0.1:9/mock/v1/x");
        assert_eq!(to("https://example.test/"), None);
        assert_eq!(to("https://me:pw@api.dintero.com/"), None);
    }

    #[test]
    fn a_stand_in_that_is_allowed_by_name_too_stands_for_others_still() {
        let mut hosts = standing_in(Some("http://127.0.0.1:9/mock"), &[]);
        hosts.allowed = vec!["127.0.0.1".to_owned()];
        let to = |url: &str| hosts.resolve_address(url.parse().unwrap()).map(String::from).unwrap();
        assert_eq!(to("http://127.0.0.1:9/mock/v1/x"), "http://127.0.0.1:9/mock/v1/x");
        assert_eq!(to("http://127.0.0.1:10/v1/x"), "http://127.0.0.1:9/mock/v1/x");
        assert_eq!(to("https://api.dintero.com/v1/x"), "http://127.0.0.1:9/mock/v1/x");
    }

    #[test]
    fn a_base_url_that_cannot_serve_is_refused() {
        let hosts = Hosts::default();
        for text in ["http://127.0.0.1:80", "http://localhost:80", "http://[::1]:80", "https://example.test/x"] {
            assert!(hosts.read_base(text).is_ok(), "{text}");
        }
        for (text, why) in [
            ("", "no address"),
            ("example.test", "no address"),
            ("ftp://example.test", "must begin"),
            ("data:text/plain,x", "must begin"),
            ("https://user:hidden@example.test", "user name or password"),
            ("https://example.test?x=1", "query or fragment"),
            ("http://example.test", "not https"),
        ] {
            let error = hosts.read_base(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("hidden"), "{text}: {error}");
        }
        let allowed = Hosts { allow_http: true, ..Hosts::default() };
        assert!(allowed.read_base("http://example.test").is_ok());
    }
}
