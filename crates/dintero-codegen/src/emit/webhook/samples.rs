//! The files of samples, one for each event.

use crate::emit::Files;
use crate::names::snake;
use serde_json::Value;

/// Letters of the name of a sample; each may be four bytes, of the 255 that a file's name has.
const LONGEST_FILE: usize = 60;

/// Of its own, and of a length that every file system takes.
pub fn sample_file(event: &str, taken: &Files) -> String {
    let name: String = snake(event).chars().take(LONGEST_FILE).collect();
    let name = name.trim_end_matches('_');
    let more = (2..).map(|n| format!("{name}_{n}.json"));
    let mut all = std::iter::once(format!("{name}.json")).chain(more);
    all.find(|file| !taken.contains_key(file)).unwrap_or_default()
}

/// None where the body cannot name its event, which then nobody believes: it is no object, or has something else there.
pub fn sample_text(sample: &Value, event: &str) -> Option<String> {
    let mut sample = sample.clone();
    let before = sample.as_object_mut()?.insert("event".into(), event.into());
    if before.is_some_and(|value| !value.is_string()) {
        return None;
    }
    Some(format!("{}\n", serde_json::to_string_pretty(&sample).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_its_event_or_there_is_none() {
        let text = |sample: Value| sample_text(&sample, "thing_add").map(|text| text.replace(['\n', ' '], ""));
        let named = Some("{\"a\":1,\"event\":\"thing_add\"}".to_string());
        assert_eq!(text(serde_json::json!({"a": 1, "event": "x"})), named);
        assert_eq!(text(serde_json::json!({"a": 1})), named);
        assert_eq!(text(serde_json::json!({"a": 1, "event": {"b": 1}})), None);
        assert_eq!(text(serde_json::json!([1])), None);
    }

    #[test]
    fn each_event_has_a_sample_of_its_own_that_can_be_written() {
        let mut taken = Files::new();
        let long = "l".repeat(300);
        for event in ["a_b", "a-b", "a.b", &long, &format!("{long}x"), "\u{10400}".repeat(300).as_str()] {
            let file = sample_file(event, &taken);
            assert!(file.len() < 255, "{file}");
            assert!(taken.insert(file, event.into()).is_none(), "{event}");
        }
        assert!(taken.contains_key("a_b.json"));
    }
}
