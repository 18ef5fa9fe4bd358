//! The comparison that comes first: what is the same whatever the order of keys, the comments and the layout.

use serde_json::Value;

/// Lists whose order says nothing.
const SETS: [&str; 4] = ["required", "enum", "type", "tags"];

/// Whether two values say the same. Comments and layout are gone since parsing; keys of a mapping have no order.
pub fn same(old: &Value, new: &Value) -> bool {
    same_under("", old, new)
}

/// The same for what stands under a key, which may make a set of a list.
pub fn same_under(key: &str, old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| same_under(k, x, y)))
        }
        (Value::Array(a), Value::Array(b)) if SETS.contains(&key) && a.iter().chain(b).all(|v| !is_container(v)) => {
            let texts = |list: &[Value]| {
                let mut texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                texts.sort();
                texts.dedup();
                texts
            };
            texts(a) == texts(b)
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y)),
        _ => old == new,
    }
}

fn is_container(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_and_spelling_are_no_drift() {
        let old = json!({"a": 1, "required": ["x", "y"], "list": [1, 2]});
        assert!(same(&old, &json!({"required": ["y", "x"], "list": [1, 2], "a": 1.0})));
        assert!(!same(&old, &json!({"required": ["y", "x"], "list": [2, 1], "a": 1})));
        assert!(!same(&old, &json!({"required": ["y"], "list": [1, 2], "a": 1})));
        assert!(!same(&old, &json!({"required": ["y", "x"], "list": [1, 2], "b": 1})));
    }

    #[test]
    fn a_text_is_no_number() {
        assert!(!same(&json!("1"), &json!(1)));
    }
}
