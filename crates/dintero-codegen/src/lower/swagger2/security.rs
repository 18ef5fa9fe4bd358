//! `securityDefinitions` become security schemes.

use super::Converter;
use crate::document::at;
use serde_json::{Map, Value, json};

impl Converter<'_> {
    pub(super) fn security_schemes(&mut self) -> Value {
        self.moves.add("/securityDefinitions", "/components/securitySchemes");
        let mut out = Map::new();
        for (name, scheme) in self.old["securityDefinitions"].as_object().into_iter().flatten() {
            let pointer = at("/securityDefinitions", name);
            let mut scheme = scheme.clone();
            let kind = scheme["type"].as_str().unwrap_or_default().to_string();
            if let Some(map) = scheme.as_object_mut() {
                match kind.as_str() {
                    "basic" => {
                        map.insert("type".into(), "http".into());
                        map.insert("scheme".into(), "basic".into());
                        self.note(&pointer, "is the http scheme `basic`");
                    }
                    "oauth2" => match flow(map) {
                        Ok(name) => self.note(&pointer, format!("is the OAuth flow `{name}`")),
                        Err(unknown) => self.warn(&pointer, format!("`{unknown}` is no OAuth flow of Swagger 2.0")),
                    },
                    "apiKey" => {}
                    other => self.warn(&pointer, format!("`{other}` is no security type of Swagger 2.0")),
                }
            }
            out.insert(name.clone(), scheme);
        }
        Value::Object(out)
    }
}

/// The one flow of the scheme, under the name it has now.
fn flow(map: &mut Map<String, Value>) -> Result<&'static str, String> {
    let old = map.shift_remove("flow");
    let name = match old.as_ref().and_then(Value::as_str).unwrap_or_default() {
        "implicit" => "implicit",
        "password" => "password",
        "application" => "clientCredentials",
        "accessCode" => "authorizationCode",
        other => return Err(other.to_string()),
    };
    let mut flow = Map::new();
    for key in ["authorizationUrl", "tokenUrl"] {
        if let Some(url) = map.shift_remove(key) {
            flow.insert(key.into(), url);
        }
    }
    flow.insert("scopes".into(), map.shift_remove("scopes").filter(Value::is_object).unwrap_or_else(|| json!({})));
    map.insert("flows".into(), json!({name: flow}));
    Ok(name)
}
