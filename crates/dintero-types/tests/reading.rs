//! An answer is not lost for what may be absent, and nothing of it is lost on the way through the types.

use std::collections::HashMap;

use dintero_types::reading::{How, NewsKind, Reading, json, read};
use dintero_types::{Decimal, chrono};
use serde_json::{Value, json};

dintero_types::open_enum! {
    /// Status.
    pub enum Status {
        /// Yes.
        Authorized = "AUTHORIZED",
    }
}

dintero_types::open_int_enum! {
    /// Verdict.
    pub enum Verdict {
        /// Yes.
        Yes = 1,
    }
}

dintero_types::object! {
    /// A page.
    read pub struct Page {
        pub id: String,
        pub events: Vec<Event>,
    } optional {
        pub next: Option<String>,
        pub total: Option<Decimal>,
        pub status: Option<Status>,
        pub means: Option<Means>,
        pub either: Option<Either>,
    }
}

dintero_types::object! {
    /// Of every kind.
    sent pub struct Event {
        pub id: String,
    } optional {
        pub amount: Option<i64> as OptionInteger,
        pub at: Option<chrono::DateTime<chrono::Utc>> as OptionTime,
        pub error: Option<Box<Trouble>>,
        pub events: Option<Vec<Event>>,
        pub verdict: Option<Verdict>,
        pub names: Option<Vec<String>>,
        pub map: Option<HashMap<String, i64>>,
    } nullable {
        pub note: Option<Option<String>> => note_null,
    } rest {
        pub extra: HashMap<String, i64>,
    }
}

dintero_types::object! {
    /// An error.
    sent pub struct Trouble optional {
        pub type_: Option<Vec<String>> = "type",
        pub code: Option<String>,
    }
}

dintero_types::object! {
    /// A card.
    read pub struct Card {
        pub kind: String,
    } optional {
        pub pan: Option<String>,
        pub year: Option<i64> as OptionInteger,
    }
}

dintero_types::object! {
    /// A phone.
    read pub struct Phone {
        pub number: String,
    } optional {
        pub kind: Option<String>,
        pub prefix: Option<Vec<i64>>,
    }
}

dintero_types::one_of! {
    /// With a tag.
    pub enum Means by "kind" {
        /// A card.
        Card(Box<Card>) = ["card"],
        /// A phone.
        Phone(Box<Phone>) = ["phone"],
    }
}

dintero_types::one_of! {
    /// Without.
    pub enum Either {
        /// A text.
        Text(String),
        /// A card.
        Card(Box<Card>),
        /// A phone.
        Phone(Box<Phone>),
    }
}

fn reading(value: &Value, how: How) -> Result<Reading<Page>, serde_json::Error> {
    // Pretty, so that places are not those of one line.
    let body = serde_json::to_vec_pretty(value).unwrap();
    let reading = read(&body, how, |body| serde_json::from_slice::<Page>(body))?;
    assert_eq!(serde_json::to_value(&reading.value).unwrap(), *value, "nothing is lost");
    Ok(reading)
}

fn paths(reading: &Reading<Page>) -> Vec<String> {
    reading.unread.iter().map(|u| format!("{} {} -> {}", u.path, u.expected, u.found)).collect()
}

#[test]
fn a_code_in_an_event_costs_no_page() {
    let page = json!({"id": "1", "events": [{"id": "a", "error": {"type": "oops", "code": "c"}}, {"id": "b"}]});
    let reading = reading(&page, How::default()).expect("it is optional");
    assert_eq!(paths(&reading), ["$.events[0].error.type a sequence -> string"]);
    let trouble = reading.value.events[0].error.as_ref().expect("the rest of it is there");
    assert_eq!((trouble.type_.as_ref(), trouble.code.as_deref()), (None, Some("c")));
    assert_eq!(trouble.unknown().raw("type"), Some("\"oops\""));
    assert_eq!(format!("{trouble:?}"), r#"Trouble { code: "c", unknown: ["type"] }"#);
}

#[test]
fn every_optional_field_may_be_anything() {
    let whole = json!({
        "id": "1", "next": "n", "total": 1.5, "status": "AUTHORIZED", "means": {"kind": "card", "pan": "1", "year": 1},
        "either": {"number": "1", "prefix": [1]},
        "events": [{"id": "a", "amount": 1, "at": "2026-11-23T10:00:00Z", "error": {"type": ["a"], "code": "c"},
            "events": [{"id": "b", "amount": 2}], "verdict": 1, "names": ["x"], "map": {"a": 1}, "note": "n", "other": 3}]
    });
    let clean = reading(&whole, How { scope: 1, strict: false }).expect("fits");
    assert!(clean.unread.is_empty() && clean.news.is_empty(), "{clean:?}");
    let optional = [
        "/next",
        "/total",
        "/status",
        "/means/pan",
        "/means/year",
        "/either/prefix",
        "/events/0/amount",
        "/events/0/at",
        "/events/0/error",
        "/events/0/error/type",
        "/events/0/error/code",
        "/events/0/events",
        "/events/0/events/0/amount",
        "/events/0/verdict",
        "/events/0/names",
        "/events/0/map",
        "/events/0/note",
        "/events/0/other",
    ];
    for pointer in optional {
        for other in [json!("x"), json!(7.5), json!(["x", {}]), json!({"x": [1]}), json!(true)] {
            let mut page = whole.clone();
            let place = page.pointer_mut(pointer).unwrap();
            let fits = std::mem::discriminant(place) == std::mem::discriminant(&other);
            *place = other.clone();
            let reading = reading(&page, How::default()).unwrap_or_else(|why| panic!("{pointer} {other}: {why}"));
            let path = pointer.replace("/0", "[0]").replace('/', ".");
            match reading.unread.as_slice() {
                [one] => assert_eq!(one.path, format!("${path}"), "{other}"),
                [] => assert!(fits, "{pointer} {other}"),
                many => panic!("{pointer} {other}: {many:?}"),
            }
        }
    }
}

#[test]
fn what_is_always_there_fails_with_its_place() {
    for (page, path, reason) in [
        (json!({"id": 1, "events": []}), "$.id", "invalid type: integer, expected a string"),
        (
            json!({"id": "1", "next": 1, "events": [{"id": "a"}, {"id": {}}]}),
            "$.events[1].id",
            "invalid type: map, expected a string",
        ),
        (json!({"id": "1", "next": 1, "events": [{"id": "a"}, {}]}), "$.events[1]", "missing field `id`"),
    ] {
        let body = serde_json::to_vec_pretty(&page).unwrap();
        let why = read(&body, How::default(), |body| serde_json::from_slice::<Page>(body)).unwrap_err();
        assert_eq!(dintero_types::json_path::of_failure(&body, &why), path);
        assert_eq!(dintero_types::json_path::without_values(&why), reason);
    }
    // Inside of what may be absent it is that which is.
    let page = json!({"id": "1", "events": [{"id": "a", "events": [{"id": "b", "amount": []}, {"amount": 1}]}]});
    let reading = reading(&page, How::default()).expect("may be absent");
    assert_eq!(paths(&reading), ["$.events[0].events missing field `id` at `[1]` -> list"]);
}

#[test]
fn the_place_of_a_whole_number_is_told() {
    dintero_types::object! {
        /// Amounts.
        read pub struct Amounts {
            pub amount: i64 as Integer,
            pub fee: Decimal,
        }
    }
    for (amount, fee, path) in [("1.5", "1", "$[1].amount"), ("[]", "1", "$[1].amount"), ("1", "{}", "$[1].fee")] {
        let body = format!("[\n {{\"amount\": 1, \"fee\": 1.0}},\n {{\"amount\":\n {amount}, \"fee\": {fee}}}]");
        let decode = |body: &[u8]| serde_json::from_slice::<Vec<Amounts>>(body);
        let why = read(body.as_bytes(), How::default(), decode).unwrap_err();
        assert_eq!(dintero_types::json_path::of_failure(body.as_bytes(), &why), path, "{why}");
    }
}

#[test]
fn strict_reading_forgives_nothing() {
    let page = json!({"id": "1", "events": [], "next": 1});
    assert!(reading(&page, How { strict: true, scope: 0 }).is_err());
    let page = json!({"id": "1", "events": [], "new": 1});
    let strict = reading(&page, How { strict: true, scope: 11 }).expect("an unknown field is no failure");
    assert_eq!(strict.news.len(), 1);
}

#[test]
fn news_is_told_once() {
    let page = json!({
        "id": "1", "events": [{"id": "a", "verdict": 9}, {"id": "b", "verdict": 9, "error": {"new": 1}}], "status": "ON_MARS",
        "means": {"kind": "telepathy"}, "either": {"kind": "c", "new": 1}, "later": {"a": 1},
    });
    let told = |scope| {
        let reading = reading(&page, How { scope, strict: false }).expect("fits");
        assert!(reading.unread.is_empty());
        let mut told: Vec<_> = reading.news.into_iter().map(|news| format!("{} {}", news.kind, news.path)).collect();
        told.sort();
        told
    };
    let all = [
        "unknown field $.either.new",
        "unknown field $.events[1].error.new",
        "unknown field $.later",
        "unknown value $.events[0].verdict",
        "unknown value $.events[1].verdict",
        "unknown value $.means",
        "unknown value $.status",
    ];
    assert_eq!(told(21), all);
    assert!(told(21).is_empty(), "once a scope");
    assert_eq!(told(22), all);
    assert!(told(0).is_empty(), "nobody asks");
}

#[test]
fn an_unread_field_is_news_too() {
    let page = json!({"id": "1", "events": [], "next": 1});
    let first = reading(&page, How { scope: 31, strict: false }).expect("fits");
    assert_eq!(first.news.iter().map(|n| n.kind).collect::<Vec<_>>(), [NewsKind::UnreadField]);
    let second = reading(&page, How { scope: 31, strict: false }).expect("fits");
    assert_eq!((second.news.len(), second.unread.len()), (0, 1), "it is told every time to who looks at the answer");
}

#[test]
fn a_field_that_is_set_again_is_written_once() {
    let body = br#"{"id":"1","events":[],"next":7}"#;
    let mut page = read(body, How::default(), |body| serde_json::from_slice::<Page>(body)).expect("fits").value;
    page.next = Some("n".to_owned());
    assert_eq!(serde_json::to_string(&page).unwrap(), r#"{"id":"1","events":[],"next":"n"}"#);
}

#[test]
fn the_last_of_equal_names_counts_when_reading_leniently() {
    for (text, next, unread) in [
        (r#"{"id":"1","events":[],"next":7,"next":"n"}"#, Some("n"), None),
        (r#"{"id":"1","events":[],"next":"n","next":7}"#, None, Some("7")),
        (r#"{"id":"1","events":[],"new":1,"new":2,"next":[]}"#, None, Some("[]")),
    ] {
        let reading = read(text.as_bytes(), How::default(), |body| serde_json::from_slice::<Page>(body)).expect("fits");
        assert_eq!(reading.value.next.as_deref(), next);
        assert_eq!(reading.value.unknown().raw("next"), unread, "{text}");
        assert_eq!(reading.value.unknown().names().filter(|n| *n == "new").count(), usize::from(text.contains("new")));
    }
}

#[test]
fn digits_of_what_is_unknown_are_kept() {
    let text = r#"{"id":"1","events":[],"new":{"big":12345678901234567890.10, "e":1E400}}"#;
    let page: Page = serde_json::from_str(text).expect("fits");
    assert_eq!(serde_json::to_string(&page).unwrap(), text);
    // From a value, too, and from one to another.
    let value = json!({"id": "1", "events": [], "new": {"a": [1.5]}});
    let page: Page = serde_json::from_value(value.clone()).expect("fits");
    assert_eq!(serde_json::to_value(&page).unwrap(), value);
}

#[test]
fn depth_is_no_way_to_the_end_of_the_stack() {
    let deep = |levels: usize| {
        let mut text = r#"{"id":"1","next":1,"events":["#.to_owned();
        text.push_str(&r#"{"id":"a","events":["#.repeat(levels));
        text.push_str(&"]}".repeat(levels));
        text.push_str("]}");
        read(text.as_bytes(), How::default(), |body| serde_json::from_slice::<Page>(body)).map(|r| r.unread.len())
    };
    assert_eq!(deep(20).expect("not deep"), 1);
    assert!(deep(100_000).is_err());
    let choice = format!(r#"{{"id":"1","events":[],"means":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(serde_json::from_str::<Page>(&choice).is_err());
}

#[test]
fn broken_text_is_an_error_once() {
    for text in ["", "{", r#"{"id":"1","events":[],"next":1"#, r#"{"id":"1","events":[]} x"#, "<html>"] {
        assert!(read(text.as_bytes(), How::default(), |body| serde_json::from_slice::<Page>(body)).is_err(), "{text}");
    }
}

#[test]
fn a_whole_number_is_the_same_however_it_is_written_and_how_often() {
    dintero_types::object! {
        /// With whole numbers.
        read pub struct Paid optional {
            pub amount: Option<i64> as OptionInteger,
            pub parts: Option<Vec<Choice>>,
        }
    }
    dintero_types::object! {
        /// One.
        read pub struct Counted {
            pub count: i64 as Integer,
        }
    }
    dintero_types::object! {
        /// The other.
        read pub struct Named optional {
            pub count: Option<serde_json::Value>,
        }
    }
    dintero_types::one_of! {
        /// By its fields.
        pub enum Choice {
            /// A number.
            Counted(Counted),
            /// Anything.
            Named(Named),
        }
    }
    // On a thread of its own: what it has met before matters to how a thread reads, and never to what.
    std::thread::spawn(|| {
        for strict in [false, true, false] {
            for (number, count) in
                [("9007199254740993", "7"), ("9007199254740993.0", "7.0"), ("900719925474099300e-2", "70e-1")]
            {
                let body = format!(r#"{{"amount":{number},"parts":[{{"count":{count}}}]}}"#);
                let paid = read(body.as_bytes(), How { strict, scope: 0 }, json::<Paid>).expect("fits");
                assert_eq!((paid.value.amount, paid.unread.len()), (Some(9_007_199_254_740_993), 0), "{body}");
                let counted = Choice::Counted(Counted { count: 7, unknown: Default::default() });
                assert_eq!(paid.value.parts, Some(vec![counted]), "{body}");
            }
            let half = read(br#"{"amount":0.5}"#, How { strict, scope: 0 }, json::<Paid>);
            assert_eq!(half.map(|half| half.unread.len()).ok(), (!strict).then_some(1));
        }
    })
    .join()
    .expect("no failure");
}

#[test]
fn what_is_no_utf_8_is_told_as_serde_json_tells_it() {
    let bodies: [&[u8]; 4] =
        [b"{\"id\":\"\xff\"}", b"\xff", b"{\"new\":\"\xc3\x28\",\"id\":\"1\",\"events\":[]}", b"{\"\xff\":1}"];
    for body in bodies {
        let why = json::<serde_json::Value>(body).expect_err("no text");
        assert_eq!(
            why.to_string(),
            serde_json::from_slice::<serde_json::Value>(body).expect_err("no text").to_string()
        );
        assert!(dintero_types::reading::from_slice::<Page>(body).is_err());
    }
}
