//! What Swagger 2.0 says differently inside a schema.

use super::Converter;
use crate::lower::schema::walk_mut;
use serde_json::{Value, json};

impl Converter<'_> {
    /// Converts a schema with everything inside it.
    pub(super) fn schema(&mut self, schema: &mut Value, pointer: &str) {
        let mut said: Vec<(String, String)> = Vec::new();
        walk_mut(schema, pointer, &mut |pointer, schema| {
            let Some(map) = schema.as_object_mut() else { return };
            let mut say = |what: String| said.push((pointer.to_string(), what));
            if let Some(Value::String(property)) = map.get("discriminator").cloned() {
                say(format!("the discriminator `{property}` names a property"));
                map.insert("discriminator".into(), json!({"propertyName": property}));
            }
            if let Some(nullable) = map.shift_remove("x-nullable")
                && nullable == true
            {
                say("`x-nullable` is `nullable`".into());
                map.insert("nullable".into(), true.into());
            }
            if map.get("type").is_some_and(|t| t == "file") {
                say("a file is a binary string".into());
                map.insert("type".into(), "string".into());
                map.insert("format".into(), "binary".into());
            }
            if map.shift_remove("collectionFormat").is_some_and(|f| f != "csv") {
                say("how lists inside a list are joined cannot be said; they are given as text".into());
            }
        });
        for (pointer, what) in said {
            self.note(&pointer, what);
        }
    }
}
