//! Formats of texts. One that is not known takes every text, as JSON Schema has it.

use super::Pattern;
use chrono::{NaiveDate, NaiveTime, Timelike};
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn of(name: &str) -> Option<fn(&str) -> bool> {
    Some(match name {
        "date" => is_date,
        "time" => is_time,
        "date-time" => is_date_time,
        "email" | "idn-email" => is_email,
        "hostname" => is_hostname,
        "ipv4" => |text| text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => |text| text.parse::<Ipv6Addr>().is_ok(),
        "uri" => |text| is_uri(text, true),
        "uri-reference" => |text| is_uri(text, false),
        "uuid" => is_uuid,
        "json-pointer" => is_pointer,
        "regex" => |text| Pattern::new(text).is_some(),
        _ => return None,
    })
}

/// RFC 3339, which has four digits of a year and two of all else.
fn is_date(text: &str) -> bool {
    has_digits_at(text, "0000-00-00") && text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    is_date(date) && is_time(time)
}

fn is_time(text: &str) -> bool {
    if !has_digits_at(text, "00:00:00") {
        return false;
    }
    let (time, rest) = text.split_at_checked(8).unwrap_or_default();
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if rest.len() == fraction.len() {
                return false;
            }
            rest
        }
        None => rest,
    };
    let minutes = match rest {
        "Z" | "z" => Some(0),
        _ if rest.len() == 6 && has_digits_at(rest.get(1..).unwrap_or_default(), "00:00") => {
            let hours = rest.get(1..3).and_then(|hours| hours.parse::<i32>().ok()).filter(|hours| *hours < 24);
            let minutes = rest.get(4..6).and_then(|minutes| minutes.parse::<i32>().ok()).filter(|m| *m < 60);
            match rest.as_bytes().first() {
                Some(b'+') => hours.zip(minutes).map(|(h, m)| h * 60 + m),
                Some(b'-') => hours.zip(minutes).map(|(h, m)| -(h * 60 + m)),
                _ => None,
            }
        }
        _ => None,
    };
    let (Some(minutes), Ok(time)) = (minutes, NaiveTime::parse_from_str(time, "%H:%M:%S")) else { return false };
    // A leap second is the last of a day in UTC.
    let in_utc = (i32::try_from(time.hour() * 60 + time.minute()).unwrap_or_default() - minutes).rem_euclid(24 * 60);
    text.get(6..8).is_none_or(|second| second != "60") || in_utc == 24 * 60 - 1
}

/// Digits where the form has zeros, and the same sign everywhere else, as far as the form goes.
fn has_digits_at(text: &str, form: &str) -> bool {
    text.len() >= form.len()
        && text.bytes().zip(form.bytes()).all(|(c, form)| if form == b'0' { c.is_ascii_digit() } else { c == form })
}

/// As mailboxes are in use: nobody quotes the part before the @, or writes an address behind it.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || !c.is_ascii();
    let is_dotted = !local.is_empty() && local.split('.').all(|part| !part.is_empty()) && local.chars().all(is_plain);
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = address.is_some_and(|address| match address.strip_prefix("IPv6:") {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => address.parse::<Ipv4Addr>().is_ok(),
    });
    (is_quoted || is_dotted)
        && (is_address || is_hostname(host) || !host.is_ascii() && !host.contains(char::is_whitespace))
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// RFC 3986: which signs, and where. What an address means is nothing that a mock has to know.
fn is_uri(text: &str, absolute: bool) -> bool {
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => (Some(scheme), rest),
        _ => (None, text),
    };
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c))
    };
    match scheme {
        Some(scheme) if !is_scheme(scheme) => return false,
        None if absolute => return false,
        _ => {}
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    is_of(fragment, "/?:@") && is_of(query, "/?:@") && is_of(path, "/:@") && is_authority(authority)
}

fn is_authority(text: &str) -> bool {
    let (user, rest) = text.rsplit_once('@').unwrap_or(("", text));
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) if host.parse::<Ipv6Addr>().is_ok() || host.starts_with(['v', 'V']) => ("", port),
        Some(_) => return false,
        None => rest.find(':').map_or((rest, ""), |at| rest.split_at(at)),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|c| c.is_ascii_digit()));
    is_of(user, ":") && is_of(host, "") && is_port
}

/// Unreserved signs, sub-delimiters, escapes, and these.
fn is_of(text: &str, more: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(c) = bytes.next() {
        let is_taken = match c {
            b'%' => [bytes.next(), bytes.next()].iter().all(|c| c.is_some_and(|c| c.is_ascii_hexdigit())),
            _ => c.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&c) || more.as_bytes().contains(&c),
        };
        if !is_taken {
            return false;
        }
    }
    true
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => c == b'-',
            _ => c.is_ascii_hexdigit(),
        })
}

fn is_pointer(text: &str) -> bool {
    let mut tildes = text.split('~').skip(1);
    (text.is_empty() || text.starts_with('/')) && tildes.all(|rest| rest.starts_with(['0', '1']))
}
