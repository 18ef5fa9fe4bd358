//! Where a call goes, and which addresses may be given a credential.

use std::borrow::Cow;

use reqwest::Url;

use crate::Error;

/// What stands for the server of a request that is made before its server is known; [`Hosts::resolve`] puts the real one in.
pub(crate) const PLACEHOLDER: &str = "http://dintero.invalid";

/// Server of raw requests that name no host, and of the login.
pub(crate) const API: &str = "https://api.dintero.com";

/// The published hosts, or what stands for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    /// In place of every published host.
    pub(crate) all: Option<Url>,
    /// In place of one published host.
    pub(crate) one: Vec<(String, Url)>,
    pub(crate) allow_http: bool,
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
                    "the operation's server `{server}` names no host; give `base_url` to the transport's builder"
                )));
            };
            let joined = format!("{}/{}", base.as_str().trim_end_matches('/'), server.trim_start_matches('/'));
            return Ok(joined.trim_end_matches('/').to_owned().into());
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
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
                self.check_scheme(&published)?;
                Ok(server.into())
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
        if !self.knows(&url) || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        match is_published(&url) {
            true => self.resolve(&url.origin().ascii_serialization(), &url).ok(),
            false => Some(url),
        }
    }

    fn stand_in(&self, host: &str) -> Option<&Url> {
        let one = self.one.iter().find(|(name, _)| name.eq_ignore_ascii_case(host));
        one.map(|(_, url)| url).or(self.all.as_ref())
    }

    /// Whether `url` is an address that credentials may go to.
    pub(crate) fn knows(&self, url: &Url) -> bool {
        let mut stand_ins = self.one.iter().map(|(_, url)| url).chain(&self.all);
        if stand_ins.any(|known| same_origin(known, url)) {
            return true;
        }
        is_published(url)
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
        if !url.username().is_empty() || url.password().is_some() {
            return Err(told("it holds a user name or password; take them out and give credentials to the builder"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(told("it has a query or fragment, so that no path can be joined; take them out"));
        }
        self.check_scheme(&url)?;
        Ok(url)
    }

    fn check_scheme(&self, url: &Url) -> Result<(), Error> {
        if url.scheme() == "https" || self.allow_http || is_loopback(url) {
            return Ok(());
        }
        Err(Error::config(
            "base url",
            "it is not https, and credentials would be readable on the way; use https, a loopback address, or `allow_http`",
        ))
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

/// Whether it is an address of Dintero's.
fn is_published(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https"
        && url.port_or_known_default() == Some(443)
        && (host == "dintero.com" || host.ends_with(".dintero.com"))
}

fn is_loopback(url: &Url) -> bool {
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
            allow_http: false,
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
        ] {
            assert_eq!(hosts.knows(&url.parse().unwrap()), known, "{url}");
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
