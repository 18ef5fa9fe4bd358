//! Each published event with its sample, whichever they are: what is made of them is made right.
//! How a body becomes its event is tested in src/event/tests.rs, with payloads of our own.

use dintero_events::{Event, Headers, parse, testing};
use serde_json::{Value, json};

fn parsed(event: &str, body: &[u8]) -> Result<Event, dintero_events::ParseError> {
    parse(&Headers::new(|name| (name == "event").then_some(event.as_bytes())), body)
}

#[test]
fn each_sample_becomes_its_variant_and_survives_a_queue() {
    for name in Event::TYPED {
        // Of a payload that must hold itself, or is no object, there is none.
        let Some(sample) = testing::sample(name) else {
            println!("skipped: no sample of {name}");
            continue;
        };
        let event = parsed(name, sample.as_bytes()).unwrap();
        assert_eq!(event.name(), *name);
        assert!(!matches!(event, Event::Other { .. }), "{name}");
        let queued = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&queued).unwrap(), event);
        // All that the sample has is known to the type.
        let (written, sample): (Value, Value) =
            (serde_json::from_str(&queued).unwrap(), serde_json::from_str(sample).unwrap());
        assert_eq!(keys(&written["body"]), keys(&sample), "{name}");
    }
    assert_eq!(testing::sample("no event of this name"), None);
}

/// The places of all values.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let mut all: Vec<String> =
                map.iter().flat_map(|(k, v)| keys(v).into_iter().map(move |below| format!("{k}.{below}"))).collect();
            all.sort();
            all
        }
        Value::Array(items) => items.iter().flat_map(keys).collect(),
        _ => vec![String::new()],
    }
}

#[test]
fn no_optional_field_fails_a_delivery() {
    for event in Event::TYPED {
        let Some(sample) = testing::sample(event) else { continue };
        let value: Value = serde_json::from_str(sample).unwrap();
        let before = parsed(event, sample.as_bytes()).unwrap();
        let Some(fields) = value.as_object() else { continue };
        for name in fields.keys().cloned().collect::<Vec<_>>() {
            let mut other = value.clone();
            other[&name] = json!([{"x": 1.5}]);
            match parsed(event, other.to_string().as_bytes()) {
                Ok(read) => {
                    assert!(serde_json::to_value(&read).unwrap()["body"][&name] == other[&name], "{event} {name}")
                }
                Err(why) => assert!(name == "event" || why.to_string().contains(&name), "{event} {name}: {why}"),
            }
        }
        assert_eq!(parsed(event, sample.as_bytes()).unwrap(), before);
    }
}
