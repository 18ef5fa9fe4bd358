//! Texts that fit a format, a pattern, or nothing but a length.

use super::regex;
use crate::schema::Flat;
use fastrand::Rng;
use serde_json::Value;

pub(super) fn make(flat: &Flat<'_>, rng: &mut Rng) -> String {
    let least = flat.each("minLength").filter_map(Value::as_u64).max().unwrap_or(0) as usize;
    let most = flat.each("maxLength").filter_map(Value::as_u64).min().unwrap_or(u64::MAX) as usize;
    let mut patterns = flat.each("pattern").filter_map(Value::as_str);
    // An empty text has no place in a path, and shows little elsewhere.
    let mut of_pattern =
        |pattern: &str| regex::text(pattern, least.max(1), rng).or_else(|| regex::text(pattern, 0, rng));
    if let Some(text) = patterns.find_map(&mut of_pattern) {
        return text;
    }
    for format in flat.each("format").filter_map(Value::as_str) {
        if let Some(text) = of_format(format, rng) {
            return text;
        }
        // Published documents put patterns there too.
        if (format.starts_with('^') || format.contains("\\d"))
            && let Some(text) = regex::text(format, least.max(1), rng)
        {
            return text;
        }
    }
    let mut text = format!("text-{:04x}", rng.u16(..));
    while text.chars().count() < least {
        text.push('x');
    }
    text.chars().take(most).collect()
}

fn of_format(format: &str, rng: &mut Rng) -> Option<String> {
    let (year, month, day) = (rng.u16(2020..2030), rng.u8(1..=12), rng.u8(1..=28));
    let (hour, minute, second) = (rng.u8(0..24), rng.u8(0..60), rng.u8(0..60));
    let date = format!("{year}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}Z");
    let number = rng.u64(..);
    Some(match format {
        "date-time" | "datetime" | "isodate" => format!("{date}T{time}"),
        "date" => date,
        "time" => time,
        "duration" => "P1DT2H".into(),
        "email" | "idn-email" => format!("person-{:04x}@example.com", number & 0xffff),
        "hostname" | "idn-hostname" => "example.com".into(),
        "ipv4" => "192.0.2.1".into(),
        "ipv6" => "2001:db8::1".into(),
        "uri" | "url" | "iri" => format!("https://example.com/{:04x}", number & 0xffff),
        "uri-reference" | "iri-reference" => format!("/{:04x}", number & 0xffff),
        "uri-template" => "https://example.com/{id}".into(),
        "uuid" => {
            let (a, b) = (rng.u64(..), rng.u64(..));
            format!(
                "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                a >> 32,
                a >> 16 & 0xffff,
                a & 0xfff,
                b >> 48 & 0xfff,
                b & 0xffff_ffff_ffff
            )
        }
        "json-pointer" => "/a".into(),
        "relative-json-pointer" => "0/a".into(),
        "regex" => "^a$".into(),
        "byte" => "bW9jaw==".into(),
        "binary" => "bytes".into(),
        _ => return None,
    })
}
