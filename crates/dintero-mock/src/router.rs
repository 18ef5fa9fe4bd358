//! Finds the operation of a request by host, method and path; else the nearest ones.

use crate::operation::Operation;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A path template in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// Literal before, name, literal after.
    Parameter(String, String, String),
}

/// The names in a template, in order.
pub(crate) fn names(template: &str) -> Vec<String> {
    segments(template)
        .into_iter()
        .filter_map(|segment| match segment {
            Segment::Parameter(_, name, _) => Some(name),
            Segment::Literal(_) => None,
        })
        .collect()
}

fn segments(template: &str) -> Vec<Segment> {
    let segment = |text: &str| {
        let parts = text.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
        match parts {
            Some((before, (name, after))) => Segment::Parameter(before.into(), name.into(), after.into()),
            None => Segment::Literal(text.into()),
        }
    };
    template.split('/').skip(1).map(segment).collect()
}

impl Segment {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text || crate::parameter::decode(text) == *literal,
            Self::Parameter(before, _, after) => self.value(text, before, after).is_some_and(|value| !value.is_empty()),
        }
    }

    fn value<'t>(&self, text: &'t str, before: &str, after: &str) -> Option<&'t str> {
        text.strip_prefix(before)?.strip_suffix(after)
    }

    /// Literals go before parameters.
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(before, _, after) if !before.is_empty() || !after.is_empty() => 1,
            Self::Parameter(..) => 2,
        }
    }
}

/// One template below one server's path, and what it serves.
#[derive(Debug)]
struct Route {
    segments: Vec<Segment>,
    /// By method; in the order of the catalog.
    operations: BTreeMap<String, Vec<Served>>,
}

#[derive(Debug, Clone)]
struct Served {
    hosts: Vec<String>,
    operation: Arc<Operation>,
}

/// All routes.
#[derive(Debug, Default)]
pub(crate) struct Router {
    /// By the number of segments; the most literal first.
    routes: HashMap<usize, Vec<Route>>,
    hosts: BTreeSet<String>,
}

/// An operation, and the values that the path has for its parameters, still escaped.
pub(crate) struct Match<'r> {
    pub(crate) operation: &'r Arc<Operation>,
    pub(crate) path: Vec<(&'r str, String)>,
}

/// What a path leads to.
pub(crate) enum Found<'r> {
    /// One of each document that publishes it, in the order of the catalog.
    Operations(Vec<Match<'r>>),
    /// The path is there, with these methods.
    OtherMethod(Vec<&'r str>),
    /// The nearest operations.
    Nothing(Vec<String>),
}

impl Router {
    /// The operations, and what several documents publish differently, where the first is taken.
    pub(crate) fn new(operations: Vec<Operation>) -> (Self, Vec<String>) {
        let mut router = Self::default();
        let mut clashes: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for operation in operations {
            let operation = Arc::new(operation);
            let mut paths: Vec<&str> = operation.servers.iter().map(|server| server.path.as_str()).collect();
            paths.dedup();
            for path in paths {
                let hosts: Vec<String> =
                    operation.servers.iter().filter(|s| s.path == path).map(|s| s.host.clone()).collect();
                router.hosts.extend(hosts.iter().cloned());
                if let Some(other) = router.add(&format!("{path}{}", operation.path), hosts, &operation) {
                    let pair = (other.service.clone(), operation.service.clone());
                    clashes.entry(pair).or_default().push(format!("{} {}", operation.method, operation.path));
                }
            }
        }
        for routes in router.routes.values_mut() {
            routes.sort_by_cached_key(|route| route.segments.iter().map(Segment::rank).collect::<Vec<_>>());
        }
        let told = clashes.into_iter().map(|((first, second), which)| {
            let some: Vec<&str> = which.iter().take(3).map(String::as_str).collect();
            let more = if which.len() > some.len() {
                format!(" and {} more", which.len() - some.len())
            } else {
                String::new()
            };
            format!(
                "{first} and {second} describe differently, and what fits either is taken: {}{more}",
                some.join(", ")
            )
        });
        (router, told.collect())
    }

    /// Gives the operation that goes before it and is not the same.
    fn add(&mut self, path: &str, hosts: Vec<String>, operation: &Arc<Operation>) -> Option<Arc<Operation>> {
        let segments = segments(path);
        let shape = |segments: &[Segment]| -> Vec<Segment> {
            let nameless = |segment: &Segment| match segment {
                Segment::Parameter(before, _, after) => {
                    Segment::Parameter(before.clone(), String::new(), after.clone())
                }
                literal => literal.clone(),
            };
            segments.iter().map(nameless).collect()
        };
        let routes = self.routes.entry(segments.len()).or_default();
        let own = shape(&segments);
        let found = routes.iter().position(|route| shape(&route.segments) == own);
        let at = found.unwrap_or_else(|| {
            routes.push(Route { segments: own, operations: BTreeMap::new() });
            routes.len() - 1
        });
        let served = routes.get_mut(at)?.operations.entry(operation.method.clone()).or_default();
        let before = served.iter().find(|s| s.hosts.iter().any(|host| hosts.contains(host))).map(|s| &s.operation);
        let clash = before.filter(|before| !crate::same::are_same(before, operation)).cloned();
        served.push(Served { hosts, operation: Arc::clone(operation) });
        clash
    }

    pub(crate) fn find<'r>(&'r self, host: Option<&str>, method: &str, path: &str) -> Found<'r> {
        let pieces: Vec<&str> = path.split('/').skip(1).collect();
        // A published host narrows the choice; any other is the address of the mock itself.
        let host = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
        let host = host.filter(|host| self.hosts.contains(*host));
        let mut methods: Vec<&str> = Vec::new();
        for route in self.routes.get(&pieces.len()).into_iter().flatten() {
            if !route.segments.iter().zip(&pieces).all(|(segment, piece)| segment.matches(piece)) {
                continue;
            }
            for (known, served) in &route.operations {
                let here = served.iter().filter(|s| host.is_none_or(|host| s.hosts.iter().any(|h| h == host)));
                let matches = here.map(|s| Match { operation: &s.operation, path: values(&s.operation, &pieces) });
                let matches: Vec<Match<'_>> = matches.collect();
                if matches.is_empty() {
                    continue;
                }
                // HEAD is GET without a body.
                if known == method || method == "HEAD" && known == "GET" && !route.operations.contains_key("HEAD") {
                    return Found::Operations(matches);
                }
                methods.push(known);
            }
        }
        match methods.is_empty() {
            true => Found::Nothing(self.nearest(method, path)),
            false => {
                methods.sort_unstable();
                methods.dedup();
                Found::OtherMethod(methods)
            }
        }
    }

    /// The operation of a service at a template.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Arc<Operation>> {
        let all = self.routes.values().flatten().flat_map(|route| route.operations.values()).flatten();
        all.map(|served| &served.operation)
    }

    fn nearest(&self, method: &str, path: &str) -> Vec<String> {
        // What is longer than any template is like none in its end.
        let path: String = path.chars().take(200).collect();
        let asked: Vec<&str> = path.split('/').collect();
        let count = asked.len().saturating_sub(1);
        // Of about as many segments, where there are such.
        let alike = self.routes.iter().filter(|(segments, _)| segments.abs_diff(count) <= 1).map(|(_, routes)| routes);
        let mut routes: Vec<&Route> = alike.flatten().collect();
        if routes.is_empty() {
            routes = self.routes.values().flatten().collect();
        }
        let mut all: Vec<(usize, String)> = Vec::new();
        for served in routes.into_iter().flat_map(|route| route.operations.values().flatten()) {
            let operation = &served.operation;
            for server in &operation.servers {
                let full = format!("{}{}", server.path, operation.path);
                // Where the template has a name, what was asked counts as fitting.
                let pieces =
                    full.split('/').enumerate().map(|(i, piece)| match (piece.starts_with('{'), asked.get(i)) {
                        (true, Some(text)) if !text.is_empty() => text,
                        _ => piece,
                    });
                let filled: Vec<&str> = pieces.collect();
                let mut distance = strsim::levenshtein(&filled.join("/"), &path) * 2;
                distance += usize::from(operation.method != method);
                all.push((distance, format!("{} {full}", operation.method)));
            }
        }
        all.sort();
        all.dedup();
        all.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

/// The values of a path's parameters, still encoded, by the names that the operation gives them.
fn values<'r>(operation: &'r Operation, pieces: &[&str]) -> Vec<(&'r str, String)> {
    let template = segments(&operation.path);
    let offset = pieces.len().saturating_sub(template.len());
    let mut out = Vec::new();
    for (segment, piece) in template.iter().zip(pieces.iter().skip(offset)) {
        if let Segment::Parameter(before, name, after) = segment
            && let Some(value) = segment.value(piece, before, after)
            && let Some(parameter) = operation.parameters.iter().find(|p| p.is_in_path() && p.name == *name)
        {
            out.push((parameter.name.as_str(), value.to_owned()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn router(documents: &[(&str, &str)]) -> (Router, Vec<String>) {
        let mut all = Vec::new();
        for (service, paths) in documents {
            let text =
                format!("openapi: 3.0.0\nservers: [{{url: 'https://{service}.example.com/v1'}}]\npaths:\n{paths}");
            let document = Arc::new(Document::parse(service, "x.yaml", &text).expect("document"));
            all.extend(crate::operation::all(&document, &["/examples/"]));
        }
        Router::new(all)
    }

    fn find(router: &Router, host: Option<&str>, method: &str, path: &str) -> String {
        match router.find(host, method, path) {
            Found::Operations(all) => {
                let each = all.iter().map(|m| format!("{} {} {:?}", m.operation.service, m.operation.path, m.path));
                each.collect::<Vec<_>>().join(", ")
            }
            Found::OtherMethod(methods) => format!("allow {}", methods.join(",")),
            Found::Nothing(nearest) => format!("near {}", nearest.join(",")),
        }
    }

    #[test]
    fn the_most_literal_template_wins() {
        let paths = "  /a/{id}: {get: {}}\n  /a/all: {get: {}, post: {}}\n  /a/{name}.svg: {get: {}}\n  /examples/x: {post: {}}";
        let (router, _) = router(&[("one", paths)]);
        assert_eq!(find(&router, None, "GET", "/v1/a/all"), "one /a/all []");
        assert_eq!(find(&router, None, "GET", "/v1/a/x%2Fy"), "one /a/{id} [(\"id\", \"x%2Fy\")]");
        assert_eq!(find(&router, None, "GET", "/v1/a/x.svg"), "one /a/{name}.svg [(\"name\", \"x\")]");
        assert_eq!(find(&router, None, "HEAD", "/v1/a/x"), "one /a/{id} [(\"id\", \"x\")]");
        assert_eq!(find(&router, None, "DELETE", "/v1/a/all"), "allow GET,POST");
        assert_eq!(find(&router, None, "GET", "/v1/a/"), "near GET /v1/a/all,POST /v1/a/all,GET /v1/a/{id}");
        assert!(find(&router, None, "POST", "/v1/examples/x").starts_with("near"), "an event is no call");
    }

    #[test]
    fn a_host_chooses_among_documents() {
        let same = "  /s: {get: {summary: one, responses: {'200': {description: a}}}}";
        let alike = "  /s: {get: {summary: two, responses: {'200': {description: b}}}}";
        let (both, told) = router(&[("one", same), ("two", alike)]);
        assert!(told.is_empty());
        assert_eq!(find(&both, None, "GET", "/v1/s"), "one /s [], two /s []");
        assert_eq!(find(&both, Some("two.example.com:443"), "GET", "/v1/s"), "two /s []");
        assert_eq!(find(&both, Some("127.0.0.1:80"), "GET", "/v1/s"), "one /s [], two /s []");
    }
}
