//! Limits of a value: whether the new one lets in less than the old.
//!
//! For: what a program sends was let in yesterday and is refused today; that is a break though the code compiles. What a
//! program reads is taken as it comes, whatever is said of it.

use super::rules::*;
use serde_json::Value;

/// Keywords that mean the same as their absence, where they say no more than this.
pub fn says_nothing(key: &str, value: &Value) -> bool {
    let empty = |v: &Value| v.as_object().is_some_and(|m| m.is_empty()) || v.as_array().is_some_and(|l| l.is_empty());
    match key {
        "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" | "exclusiveMaximum" | "exclusiveMinimum"
        | "nullable" | "allowReserved" | "allowEmptyValue" | "attribute" | "wrapped" => *value == false,
        "minLength" | "minItems" | "minProperties" => value.as_f64() == Some(0.0),
        "minContains" => value.as_f64() == Some(1.0),
        // Further fields may be there; that they are refused or have a type says something.
        "additionalProperties" => *value != false,
        "unevaluatedProperties" | "unevaluatedItems" | "propertyNames" | "contentSchema" => {
            *value == true || empty(value)
        }
        "description" | "summary" | "title" | "pattern" | "$comment" | "format" => *value == "",
        "required" if value.is_boolean() => *value == false,
        "required" | "tags" | "parameters" | "servers" | "examples" | "headers" | "links" | "callbacks"
        | "encoding" | "properties" | "patternProperties" | "dependentRequired" | "dependentSchemas"
        | "dependencies" | "allOf" | "oneOf" | "anyOf" | "enum" | "variables" | "xml" => empty(value),
        _ => false,
    }
}

/// The rule for a limit, pattern or format that differs; none for any other keyword.
pub fn rule(key: &str, old: Option<&Value>, new: Option<&Value>) -> Option<&'static Rule> {
    let number = |v: Option<&Value>| v.and_then(Value::as_f64);
    let tighter = match key {
        "pattern" => return Some(if is_within(old, new) { &PATTERN_REMOVED } else { &PATTERN_CHANGED }),
        "format" => return Some(if same_width(old, new) { &FORMAT_CHANGED } else { &FORMAT_TIGHTENED }),
        "maxLength" | "maximum" | "maxItems" | "maxProperties" => match (number(old), number(new)) {
            (Some(old), Some(new)) => new < old,
            _ => new.is_some(),
        },
        "minLength" | "minimum" | "minItems" | "minProperties" => match (number(old), number(new)) {
            (Some(old), Some(new)) => new > old,
            _ => new.is_some(),
        },
        // What every second is allowed is allowed where every one is.
        "multipleOf" => match (number(old), number(new)) {
            (Some(old), Some(new)) => (old / new).fract() != 0.0,
            _ => new.is_some(),
        },
        "exclusiveMaximum" | "exclusiveMinimum" | "uniqueItems" => new.is_some_and(|new| *new != false),
        _ => return None,
    };
    Some(if tighter { &LIMIT_TIGHTENED } else { &LIMIT_LOOSENED })
}

/// Whether all that is asked now was asked before; several parts of an allOf are a list.
fn is_within(old: Option<&Value>, new: Option<&Value>) -> bool {
    let all = |value: Option<&Value>| match value {
        Some(Value::Array(list)) => list.clone(),
        value => value.cloned().into_iter().collect(),
    };
    let old = all(old);
    all(new).iter().all(|pattern| old.contains(pattern))
}

/// Whether a format lets in what the old one did. What only says how a value is stored or shown refuses nothing.
fn same_width(old: Option<&Value>, new: Option<&Value>) -> bool {
    const WIDE: [&str; 4] = ["int64", "double", "float", "password"];
    let Some(new) = new else { return true };
    if new == "int32" || new == "int64" {
        return new == "int64" || old == Some(new);
    }
    is_within(old, Some(new)) || WIDE.iter().any(|format| new == format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_lets_in_less_is_tighter() {
        let none = Value::Null;
        for (key, old, new, expected) in [
            ("maxLength", json!(20), json!(10), "limit-tightened"),
            ("maxLength", json!(10), json!(20), "limit-loosened"),
            ("maxLength", none.clone(), json!(20), "limit-tightened"),
            ("maxLength", json!(20), none.clone(), "limit-loosened"),
            ("minimum", json!(1), json!(2.5), "limit-tightened"),
            ("minimum", json!(-1), json!(-2), "limit-loosened"),
            ("multipleOf", json!(2), json!(1), "limit-loosened"),
            ("multipleOf", json!(2), json!(3), "limit-tightened"),
            ("uniqueItems", none.clone(), json!(true), "limit-tightened"),
            ("exclusiveMinimum", json!(true), none.clone(), "limit-loosened"),
            ("pattern", json!("a"), json!("b"), "pattern-changed"),
            ("pattern", none.clone(), json!("b"), "pattern-changed"),
            ("pattern", json!("a"), none.clone(), "pattern-removed"),
            ("pattern", json!(["a", "b"]), json!("b"), "pattern-removed"),
            ("format", json!("uuid"), json!("uri"), "format-tightened"),
            ("format", none.clone(), json!("email"), "format-tightened"),
            ("format", json!("email"), none.clone(), "format-changed"),
            ("format", json!("int32"), json!("int64"), "format-changed"),
            ("format", json!("int64"), json!("int32"), "format-tightened"),
            ("format", none.clone(), json!("int64"), "format-changed"),
        ] {
            let said = |v: &'_ Value| (!v.is_null()).then(|| v.clone());
            let found = rule(key, said(&old).as_ref(), said(&new).as_ref()).map(|rule| rule.id);
            assert_eq!(found, Some(expected), "{key}: {old} {new}");
        }
        assert_eq!(rule("description", None, Some(&json!("a"))), None);
    }

    #[test]
    fn what_is_the_same_as_absent_says_nothing() {
        for (key, value) in [
            ("minLength", json!(0)),
            ("minItems", json!(0)),
            ("nullable", json!(false)),
            ("required", json!([])),
            ("deprecated", json!(false)),
            ("additionalProperties", json!(true)),
            ("additionalProperties", json!({})),
            ("description", json!("")),
        ] {
            assert!(says_nothing(key, &value), "{key}: {value}");
        }
        for (key, value) in [
            ("minLength", json!(1)),
            ("maxLength", json!(0)),
            ("nullable", json!(true)),
            ("additionalProperties", json!(false)),
            ("security", json!([])),
            ("not", json!({})),
            ("x-note", json!(false)),
        ] {
            assert!(!says_nothing(key, &value), "{key}: {value}");
        }
    }
}
