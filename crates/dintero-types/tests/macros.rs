//! The macros, as generated crates use them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

dintero_types::open_enum! {
    /// Status.
    #[derive(PartialOrd)]
    pub enum Status {
        /// Yes.
        Authorized = "AUTHORIZED",
        /// A word YAML reads as a boolean.
        No = "no",
        /// Nothing.
        Empty = "",
    }
}
dintero_types::open_enum! {
    /// Listed without quotes.
    pub enum Listed {
        /// True.
        True = "true",
        /// Seven.
        Seven = "7",
    }
}
dintero_types::open_enum! {
    /// Nothing is known.
    pub enum Nothing {}
}
dintero_types::open_int_enum! {
    /// Numbers.
    pub enum Number {
        /// One.
        One = 1,
        /// Minus one.
        MinusOne = -1,
    }
}
dintero_types::open_int_enum! {
    /// Nothing is known.
    pub enum NoNumber {}
}

#[test]
fn a_known_text_never_becomes_other() {
    assert_eq!(Status::VALUES, ["AUTHORIZED", "no", ""]);
    for value in Status::VALUES {
        let quoted = serde_json::to_string(value).unwrap();
        let ways = [
            Status::from(*value),
            Status::from(value.to_string()),
            value.parse().unwrap(),
            serde_json::from_str(&quoted).unwrap(),
            serde_json::from_value(json!(value)).unwrap(),
        ];
        for way in ways {
            assert!(way.is_known(), "{value}");
            assert_eq!(way.as_str(), *value);
            assert_eq!(way.to_string(), *value);
            assert_eq!(serde_json::to_string(&way).unwrap(), quoted);
        }
    }
}

#[test]
fn an_unknown_text_survives() {
    for text in ["authorized", "ON_MARS", "ÅØ \"quoted\""] {
        let read: Status = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(read, Status::Other(text.to_owned()));
        assert!(!read.is_known());
        assert_eq!(serde_json::to_value(&read).unwrap(), text);
        assert_eq!(Nothing::from(text).as_str(), text);
    }
    // A document may list as a text what is none on the wire; only that is read.
    assert_eq!(serde_json::from_str::<Vec<Listed>>("[true, 7]").unwrap(), [Listed::True, Listed::Seven]);
    assert!(serde_json::from_str::<Listed>("8").is_err());
    assert!(serde_json::from_str::<Status>("null").is_err());
    assert!(serde_json::from_str::<Status>("{}").is_err());
    assert_eq!(Nothing::VALUES.len(), 0);
    assert_eq!(format!("{:>5}|", Status::No), "   no|");
    assert!(Status::Authorized < Status::No);
}

#[test]
fn an_open_enum_can_be_a_key() {
    let map: HashMap<Status, i64> = serde_json::from_str(r#"{"no":1,"x":2}"#).unwrap();
    assert_eq!(map[&Status::No], 1);
    assert_eq!(map[&Status::from("x")], 2);
}

#[test]
fn numbers_are_open_too() {
    for (text, expected) in
        [("1", Number::One), ("1.0", Number::One), ("-1", Number::MinusOne), ("9", Number::Other(9))]
    {
        let read: Number = serde_json::from_str(text).unwrap();
        assert_eq!(read, expected);
        assert_eq!(read.value(), expected.value());
        assert_eq!(serde_json::to_value(read).unwrap(), expected.value());
    }
    assert_eq!(Number::VALUES, [1, -1]);
    assert!(Number::from(1).is_known() && !Number::from(2).is_known());
    assert_eq!(("-1".parse(), Number::MinusOne.to_string().as_str()), (Ok(Number::MinusOne), "-1"));
    assert!(serde_json::from_str::<Number>("1.5").is_err());
    assert_eq!(NoNumber::from(3).value(), 3);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Card {
    kind: Option<String>,
    pan: Option<String>,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Phone {
    kind: Option<String>,
    pan: Option<String>,
    number: Option<f64>,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Strict {
    must: i64,
}

dintero_types::one_of! {
    /// With a tag.
    pub enum Tagged by "kind" {
        /// A card.
        Card(Card) = ["visa", "amex"],
        /// A phone.
        Phone(Box<Phone>) = ["phone"],
        /// Strict.
        Strict(Strict) = ["strict"],
    }
}
dintero_types::one_of_from!(Tagged { Card(Card), Phone(Box<Phone>) });
dintero_types::one_of! {
    /// Without.
    pub enum Untagged {
        /// A card.
        Card(Card),
        /// A phone.
        Phone(Phone),
        /// A text.
        Text(String),
        /// Several.
        Several(Vec<Strict>),
    }
}

fn tagged(value: Value) -> Tagged {
    let read: Tagged = serde_json::from_str(&value.to_string()).unwrap();
    assert_eq!(read, serde_json::from_value(value).unwrap());
    read
}

fn untagged(value: Value) -> Untagged {
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_tag_chooses() {
    assert!(matches!(tagged(json!({"kind": "visa", "number": 1})), Tagged::Card(_)));
    assert!(matches!(tagged(json!({"kind": "amex"})), Tagged::Card(_)));
    assert!(matches!(tagged(json!({"kind": "phone", "pan": "1"})), Tagged::Phone(_)));
}

#[test]
fn what_fits_nothing_is_written_back_unchanged() {
    for value in [
        json!({"kind": "telepathy", "pan": "1"}),
        json!({"kind": "strict"}),
        json!({"kind": 7, "thoughts": [1, {"x": null}]}),
        json!({"new": true}),
        json!("text"),
        json!(null),
    ] {
        let read = tagged(value.clone());
        if value["kind"] != 7 {
            assert_eq!(read, Tagged::Other(value.clone()));
        }
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
    }
}

#[test]
fn without_a_tag_the_one_that_keeps_most_is_taken() {
    assert!(matches!(tagged(json!({"pan": "1", "number": 2})), Tagged::Phone(_)));
    assert!(matches!(untagged(json!({"pan": "1", "number": 2})), Untagged::Phone(_)));
    // A tie goes to the first.
    assert!(matches!(untagged(json!({"pan": "1"})), Untagged::Card(_)));
    assert!(matches!(untagged(json!({})), Untagged::Card(_)));
    assert_eq!(untagged(json!("x")), Untagged::Text("x".to_owned()));
    assert!(matches!(untagged(json!([{"must": 1}])), Untagged::Several(_)));
    assert_eq!(untagged(json!(7)), Untagged::Other(json!(7)));
    assert_eq!(untagged(json!({"new": 1})), Untagged::Other(json!({"new": 1})));
}

#[test]
fn variants_come_from_their_types() {
    let card = Card { kind: None, pan: Some("1".to_owned()) };
    assert_eq!(Tagged::from(card.clone()), Tagged::Card(card.clone()));
    assert_eq!(serde_json::to_value(Tagged::from(card)).unwrap(), json!({"kind": null, "pan": "1"}));
    let debug = format!("{:?}", tagged(json!({"kind": "telepathy", "pan": "4111"})));
    assert_eq!(debug, r#"Other(object with ["kind", "pan"])"#);
    assert!(format!("{:?}", untagged(json!("x"))).starts_with("Text("));
}

dintero_types::by_status! {
    /// Ranges and names that std uses.
    #[derive(Eq)]
    pub enum Answer {
        /// Fine.
        200 | 201 => Ok(String),
        /// Also fine.
        204..=206 => None,
    }
}

#[test]
fn a_status_can_be_a_range() {
    use dintero_types::FromStatus;
    assert_eq!(Answer::from_status(201, br#""x""#).unwrap(), Answer::Ok("x".to_owned()));
    assert_eq!(Answer::from_status(205, b"").unwrap(), Answer::None);
    assert_eq!(Answer::from_status(299, b"\xff").unwrap(), Answer::Other(json!("\u{fffd}")));
    assert!(Answer::accepts(299) && !Answer::accepts(302));
    assert_eq!(format!("{:?} {:?}", Answer::None, Answer::Ok("x".into())), r#"None Ok("x")"#);
}

#[cfg(feature = "schemars")]
#[test]
fn schemas_name_the_known_values() {
    let schema = serde_json::to_value(schemars::schema_for!(Status)).unwrap();
    assert_eq!(schema["anyOf"][0]["enum"], json!(["AUTHORIZED", "no", ""]));
    let schema = serde_json::to_value(schemars::schema_for!(Nothing)).unwrap();
    assert_eq!(schema["type"], "string");
    let schema = serde_json::to_value(schemars::schema_for!(Number)).unwrap();
    assert_eq!(schema["anyOf"][0]["enum"], json!([1, -1]));
    let schema = serde_json::to_value(schemars::schema_for!(Tagged)).unwrap();
    assert_eq!(schema["anyOf"].as_array().unwrap().len(), 3);
}
