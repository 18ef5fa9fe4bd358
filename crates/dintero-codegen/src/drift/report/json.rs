//! For a program: one object, `changes` and `catalog`.

use super::Report;
use crate::shown;

pub fn print(report: &Report) -> String {
    shown::json(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_shape_is_the_one_that_is_promised() {
        let value: Value = serde_json::from_str(&print(&super::super::test_support::report())).expect("json");
        let keys: Vec<&String> = value.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["changes", "catalog"]);
        let change = value["changes"][0].as_object().expect("a change");
        let keys: Vec<&String> = change.keys().collect();
        let expected = [
            "service",
            "rule",
            "level",
            "side",
            "pointer_old",
            "pointer_new",
            "operations",
            "message",
            "names",
            "places",
        ];
        assert_eq!(keys, expected);
        assert_eq!(change["places"][0]["old"], change["pointer_old"]);
        assert_eq!(change["level"], "breaking");
        assert_eq!(change["side"], "response");
        assert_eq!(change["operations"][0], "GET /a/{id}");
    }

    #[test]
    fn no_drift_is_two_empty_lists() {
        let value: Value = serde_json::from_str(&print(&Report::default())).expect("json");
        assert_eq!(value, serde_json::json!({"changes": [], "catalog": []}));
    }
}
