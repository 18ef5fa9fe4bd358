//! Where an operation is sent, for live and for test accounts.

use super::read::{PASS, text};
use crate::gate::Text;
use crate::gate::text::code;
use crate::model::Service;
use serde_json::Value;

/// What a document without a host leaves to its reader.
pub const NO_HOST: &str = "the client needs a base url of its own, by `--base-url` here or `base_url` of its transport";

/// A warning that holds for the whole document is told once.
fn once(service: &mut Service, pointer: &str, what: String) {
    if !service.changes.iter().any(|c| c.pointer == pointer && c.what == what) {
        service.warn(PASS, pointer, what);
    }
}

/// The server belongs to the operation: its own, else the path's, else the document's.
/// With `test`, that of test accounts if it is another.
pub fn server(service: &mut Service, doc: &Value, item: &Value, op: &Value, test: bool) -> Text {
    let lists = [&op["servers"], &item["servers"], &doc["servers"]];
    let Some(list) = lists.into_iter().find_map(|s| s.as_array().filter(|l| !l.is_empty())) else {
        if test {
            return Text::default();
        }
        once(service, "/servers", format!("no `servers` anywhere; {NO_HOST}"));
        return Text::default();
    };
    let for_tests = |s: &Value| {
        s["x-environment"] == "test" || text(s, "url").split('/').nth(2).is_some_and(|host| host.contains("-test."))
    };
    let live = list.iter().find(|s| !for_tests(s));
    let chosen = match test {
        // Only where it stands beside another: a document with nothing else has one server.
        true => live.and_then(|_| list.iter().find(|s| for_tests(s))),
        false => live.or(list.first()),
    };
    let Some(server) = chosen else { return Text::default() };
    let mut url = text(server, "url").to_string();
    if let Some(variables) = server["variables"].as_object() {
        for (name, variable) in variables {
            url = url.replace(&["{", name.as_str(), "}"].concat(), &text(variable, "default"));
        }
    }
    if let Some(rest) = url.strip_prefix("//") {
        url = format!("https://{rest}");
    }
    if !url.starts_with("http://") && !url.starts_with("https://") {
        once(service, "/servers", format!("the server {} is no absolute address; {NO_HOST}", code(&url)));
    } else if url.contains(['{', '}']) {
        let what = format!("the server {} has a variable without a default; {NO_HOST}", code(&url));
        once(service, "/servers", what);
    }
    url.trim_end_matches('/').into()
}

#[cfg(test)]
mod tests {
    use crate::lower::collect::test_support::{get, warned, with};
    use serde_json::{Value, json};

    #[test]
    fn the_nearest_server_counts_and_joins_without_a_double_slash() {
        let url = |change: fn(&mut Value)| with(change).operations[0].server.clone();
        assert_eq!(url(|_| {}), "https://api.example.com/v1");
        assert_eq!(
            url(|d| d["paths"]["/things/{id}"]["servers"] = json!([{"url": "https://path.example.com"}])),
            "https://path.example.com"
        );
        assert_eq!(url(|d| get(d)["servers"] = json!([{"url": "https://op.example.com/"}])), "https://op.example.com");
        let variable = json!([{"url": "https://{region}.example.com", "variables": {"region": {"default": "no"}}}]);
        let service = with(|d| d["servers"] = variable);
        assert_eq!(service.operations[0].server, "https://no.example.com");
        assert!(warned(&with(|d| d["servers"] = json!([{"url": "/v1"}])), "no absolute address"));
        assert!(warned(&with(|d| d["servers"] = json!([])), "no `servers`"));
    }

    #[test]
    fn test_accounts_have_a_server_of_their_own_where_one_is_published_beside_the_other() {
        let both = json!([{"url": "https://pay-test.example.com"}, {"url": "https://pay.example.com"}]);
        let op = with(|d| d["servers"] = both).operations.remove(0);
        assert_eq!(
            (op.server.as_str(), op.test_server.as_str()),
            ("https://pay.example.com", "https://pay-test.example.com")
        );
        let op = with(|d| d["servers"] = json!([{"url": "https://pay-test.example.com"}])).operations.remove(0);
        assert_eq!((op.server.as_str(), op.test_server.as_str()), ("https://pay-test.example.com", ""));
    }
}
