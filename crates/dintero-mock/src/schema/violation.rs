//! What of a request does not fit its document, in words for the one who sent it.

use super::{Kind, Misfit, Validator};
use crate::pointer::at;
use serde::Serialize;
use serde_json::Value;

/// At most so many are listed for one request.
const MOST: usize = 50;

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where it is: `/body/order/amount`, `/query/limit`, `/path/id`, `/header/x-api-key`.
    pub pointer: String,
    /// What is wrong there; it never shows what was sent.
    pub message: String,
}

impl Violation {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

/// Everything in `value`, which stands at `place`, that the validator does not take.
pub(crate) fn violations(validator: &Validator, value: &Value, place: &str) -> Vec<Violation> {
    let mut out: Vec<Violation> = Vec::new();
    for misfit in validator.misfits(value, MOST) {
        collect(misfit, place, &mut out);
    }
    out
}

fn collect(misfit: Misfit, place: &str, out: &mut Vec<Violation>) {
    let here = format!("{place}{}", misfit.place);
    let (pointer, message) = match misfit.kind {
        Kind::Missing(name) => (at(&here, &name), "is required".into()),
        Kind::Unknown(name) => (at(&here, &name), "is not known here".into()),
        Kind::Never => (here, "is not sent this way: the field is marked readOnly".into()),
        Kind::Not => (here, "is what it must not be".into()),
        Kind::Alternatives(each) => {
            // The alternative that is nearest, by what is wrong with it.
            match each.into_iter().filter(|misfits| !misfits.is_empty()).min_by_key(Vec::len) {
                Some(nearest) => return nearest.into_iter().for_each(|misfit| collect(misfit, place, out)),
                None => (here, "fits none of the alternatives".into()),
            }
        }
        Kind::Other(message) => (here, message),
    };
    let violation = Violation::new(pointer, message);
    if !out.contains(&violation) {
        out.push(violation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_is_told_at_its_place_without_the_value() {
        let schema = json!({
            "type": "object",
            "required": ["amount"],
            "properties": {
                "pin": {"type": "string", "maxLength": 4},
                "id": false,
                "either": {"anyOf": [{"type": "object", "required": ["a", "b"]}, {"type": "object", "required": ["c"]}]}
            },
            "additionalProperties": false
        });
        let validator = Validator::of(&schema, &schema, &Default::default()).expect("schema");
        let found = violations(&validator, &json!({"pin": "987654", "id": 1, "either": {}, "x/y": 1}), "/body");
        let told: Vec<String> = found.iter().map(|v| format!("{} {}", v.pointer, v.message)).collect();
        for (place, why) in [
            ("/body/amount", "is required"),
            ("/body/pin", "longer than 4"),
            ("/body/id", "readOnly"),
            ("/body/either/c", "is required"),
            ("/body/x~1y", "not known"),
        ] {
            assert!(told.iter().any(|t| t.starts_with(&format!("{place} ")) && t.contains(why)), "{place}: {told:?}");
        }
        assert!(!told.concat().contains("987654"), "{told:?}");
    }
}
