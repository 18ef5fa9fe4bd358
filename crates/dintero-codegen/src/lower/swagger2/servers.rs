//! `schemes`, `host` and `basePath` become servers, unless `x-servers` names them.

use super::Converter;
use serde_json::{Value, json};

impl Converter<'_> {
    /// One server for each scheme, https first. None: the document says nothing of where it is served.
    /// `of` is the document or an operation.
    pub(super) fn servers(&mut self, of: &Value, pointer: &str) -> Option<Value> {
        // The customary extension of documents that have more than one host.
        if let Some(servers) = of.get("x-servers").filter(|list| list.is_array()) {
            self.note(pointer, "`x-servers` are its servers");
            return Some(servers.clone());
        }
        // Some write a list of one host.
        let text = |key: &str| {
            let value = &self.old[key];
            value.as_str().or(value[0].as_str()).unwrap_or_default().trim()
        };
        let (host, base) = (text("host"), text("basePath").trim_end_matches('/'));
        if host.is_empty() && base.is_empty() {
            return None;
        }
        let base = if base.is_empty() || base.starts_with('/') { base.to_string() } else { format!("/{base}") };
        if host.is_empty() {
            return Some(json!([{"url": base}]));
        }
        // Some write the whole address into `host`.
        let (scheme_of_host, host) = match host.split_once("://") {
            Some((scheme, host)) => (Some(scheme.to_lowercase()), host),
            None => (None, host),
        };
        let listed = of["schemes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let listed = listed.map(|scheme| scheme.trim_end_matches([':', '/']).to_lowercase());
        let mut schemes: Vec<String> = scheme_of_host.into_iter().chain(listed).collect();
        if schemes.is_empty() {
            // A document without schemes means that of its own address, and only https is fetched.
            schemes.push("https".into());
        }
        schemes.sort_by_key(|scheme| (scheme != "https", scheme != "http"));
        schemes.dedup();
        let host = host.trim_end_matches('/').to_string();
        let urls: Vec<Value> =
            schemes.iter().map(|scheme| json!({"url": format!("{scheme}://{host}{base}")})).collect();
        let what =
            format!("`host`, `basePath` and `schemes` are the server `{scheme}://{host}{base}`", scheme = schemes[0]);
        self.note(pointer, what);
        Some(urls.into())
    }
}
