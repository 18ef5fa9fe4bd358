//! Names: from the words of a document to Rust identifiers, and the rule that makes a method name from a call.

use heck::{ToPascalCase, ToSnakeCase};
use icu_normalizer::ComposingNormalizerBorrowed;
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};
use unicode_ident::{is_xid_continue, is_xid_start};

/// Names of the prelude that generated code uses unqualified, and of its own modules' items.
const RESERVED_TYPES: [&str; 14] = [
    "Option", "String", "Vec", "Box", "Result", "Ok", "Err", "Some", "None", "Self", "Default", "Clone", "Debug",
    "Value",
];

/// A type name: `HMAC-SHA1` -> `HmacSha1`, `client_credentials` -> `ClientCredentials`.
pub fn type_name(words: &str) -> String {
    // Twice, since `x y` is first `XY` and then `Xy`: typify makes its name of ours, and both have to be one.
    let mut name = spelled(words).to_pascal_case().to_pascal_case();
    if name.is_empty() {
        name = "Unnamed".into();
    }
    if !name.starts_with(is_xid_start) {
        name = spell_leading_digits(&name);
    }
    if RESERVED_TYPES.contains(&name.as_str()) {
        name.push_str("Object");
    }
    name
}

/// How many letters the name of a type may have.
const LONGEST: usize = 58;

/// A type name that can be read at a glance: where it would be too long, the words after the first make room.
pub fn short_type_name(words: &str) -> String {
    let name = type_name(words);
    if name.chars().count() <= LONGEST {
        return name;
    }
    let mut parts: Vec<String> = name.to_snake_case().split('_').map(str::to_string).collect();
    while parts.len() > 1 && parts.iter().map(|w| w.chars().count()).sum::<usize>() > LONGEST {
        parts.remove(1);
    }
    let short = type_name(&parts.join(" "));
    short.chars().take(LONGEST).collect()
}

/// A field, parameter or method name.
pub fn snake(words: &str) -> String {
    let mut name = spelled(words).to_snake_case();
    if name.is_empty() {
        name = "unnamed".into();
    }
    if !name.starts_with(is_xid_start) {
        name = format!("n{name}");
    }
    // The edition has a keyword that syn does not know.
    if syn::parse_str::<syn::Ident>(&name).is_err() || name == "gen" {
        name.push('_');
    }
    name
}

/// Whatever cannot stand in an identifier parts words. Two spellings of one letter are one name to the compiler.
fn spelled(words: &str) -> String {
    let words = match words.is_ascii() {
        true => words.to_string(),
        // `ﬁ` is `fi`: the compiler warns of letters that only look otherwise.
        false => ComposingNormalizerBorrowed::new_nfkc().normalize(words).into_owned(),
    };
    let words = words.replace(['\'', '’'], "");
    words.chars().map(|c| if is_xid_continue(c) && c != '_' { c } else { ' ' }).collect()
}

/// `3Ds` -> `ThreeDs`, `2023` -> `N2023`: readable, and an identifier.
fn spell_leading_digits(name: &str) -> String {
    const DIGITS: [&str; 10] = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<usize>() {
        Ok(n) if digits.len() == 1 => format!("{}{}", DIGITS[n], name[1..].to_pascal_case()),
        _ => format!("N{name}"),
    }
}

/// Variant names for the values of an enum: readable, distinct, and never the catch-all's `Other`. Those of `known` choose
/// first, in its order and also those that are gone, then those that are called as in Rust, then the others by the alphabet.
/// Returns the names and, for each that had to be told apart, the value.
pub fn variants(values: &[String], known: &[String]) -> (Vec<String>, Vec<String>) {
    let mut out = vec![String::new(); values.len()];
    let mut taken: HashSet<String> = HashSet::new();
    let mut settled = Vec::new();
    let places: HashMap<&String, usize> = values.iter().enumerate().map(|(at, value)| (value, at)).collect();
    let is_known: HashSet<&String> = known.iter().collect();
    let mut new: Vec<&String> = values.iter().filter(|value| !is_known.contains(value)).collect();
    new.sort_by_key(|value| (!is_variant(value), *value));
    new.dedup();
    for value in known.iter().chain(new) {
        let mut name = variant(value);
        if taken.contains(&name) {
            settled.push(value.clone());
            let hint = if value.chars().any(char::is_lowercase) { "Lower" } else { "Upper" };
            let symbols: String = value.chars().filter(|c| !c.is_alphanumeric()).take(8).map(symbol).collect();
            let candidates = [format!("{name}{hint}"), format!("{name}{symbols}"), format!("{name}{symbols}{hint}")];
            name = match candidates.into_iter().find(|c| !taken.contains(c)) {
                Some(free) => free,
                None => {
                    let mut n = 2;
                    while taken.contains(&format!("{name}{n}")) {
                        n += 1;
                    }
                    format!("{name}{n}")
                }
            };
        }
        taken.insert(name.clone());
        if let Some(at) = places.get(value) {
            out[*at] = name;
        }
    }
    settled.retain(|value| places.contains_key(value));
    (out, settled)
}

/// Whether the value is what its variant is called.
pub fn is_variant(value: &str) -> bool {
    variant(value) == value
}

fn variant(value: &str) -> String {
    let negative = value.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let mut name = spelled(value).to_pascal_case();
    if name.is_empty() {
        name = match value.is_empty() {
            true => "Empty".into(),
            // A name is to be read, however long the value is.
            false => value.chars().take(8).map(symbol).collect(),
        };
    }
    if negative {
        name = format!("Minus{name}");
    } else if !name.starts_with(is_xid_start) {
        name = spell_leading_digits(&name);
    }
    match name.as_str() {
        "Self" | "Other" => format!("{name}Value"),
        _ => name,
    }
}

/// A sign as a word.
pub fn symbol(c: char) -> &'static str {
    match c {
        '+' => "Plus",
        '-' => "Minus",
        '*' => "Star",
        '/' => "Slash",
        '.' => "Dot",
        ',' => "Comma",
        '=' => "Equal",
        '<' => "Less",
        '>' => "Greater",
        '!' => "Not",
        '%' => "Percent",
        '&' => "And",
        '|' => "Or",
        '#' => "Hash",
        '@' => "At",
        '$' => "Dollar",
        '_' => "Underscore",
        ' ' => "Space",
        ':' => "Colon",
        _ => "Sign",
    }
}

/// `categories` -> `category`; what is no plural stays.
pub fn singular(word: &str) -> String {
    // These end in `s` and are one thing.
    if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") || word == "sms" {
        return word.to_string();
    }
    // Asked of the same few words for every property of every schema, and each answer costs dozens of patterns.
    static KNOWN: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known().get(word) {
        return known.clone();
    }
    let one = pluralizer::pluralize(word, 1, false);
    known().insert(word.to_string(), one.clone());
    one
}

/// Whether the word names several things.
pub fn is_plural(word: &str) -> bool {
    singular(word) != word
}

/// What the rule needs to know of a call.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// The answer is a list: an array, or an object that holds one page of it.
    pub lists: bool,
}

/// Names for the call from the shortest to the most exact: the first that is free is taken.
///
/// GET collection -> `list_x`, GET item -> `get_x`, POST collection -> `create_x`, PUT item -> `update_x`,
/// DELETE item -> `delete_x`, POST item/verb -> `verb_x`.
pub fn method_candidates(call: &Call<'_>) -> Vec<String> {
    let segments: Vec<&str> = call.path.split('/').filter(|s| !s.is_empty()).collect();
    let is_param = |s: &str| s.contains('{');
    let ends_with_param = segments.last().is_some_and(|s| is_param(s));
    // Each static segment, and whether a parameter follows it (so that it names one thing of many).
    let mut nouns: Vec<(String, bool)> = Vec::new();
    for (i, segment) in segments.iter().enumerate() {
        if is_param(segment) {
            continue;
        }
        let one = segments.get(i + 1).is_some_and(|next| is_param(next));
        let word = snake(segment);
        let versioned = word.len() < 4 && word.starts_with('v') && word[1..].chars().all(|c| c.is_ascii_digit());
        // The account's own prefix and the version say nothing about the thing.
        let account = i < 2 && word == "accounts" && one && segments.len() > i + 2;
        if !versioned && !account {
            nouns.push((word, one));
        }
    }
    let Some((last, _)) = nouns.pop() else {
        return vec![format!("{}_root", call.method)];
    };
    let parent = nouns.last().cloned();
    let last_is_action = call.method == "post" || call.method == "put";
    let after_item = segments.len() >= 2 && is_param(segments[segments.len() - 2]) && !ends_with_param;
    // POST item/verb; a word like `authorization` is a thing, not a verb.
    let is_thing = |word: &str| is_plural(word) || ["tion", "sion", "ment"].iter().any(|end| word.ends_with(end));
    if last_is_action
        && after_item
        && !is_thing(last_word(&last))
        && let Some((thing, _)) = parent
    {
        nouns.pop();
        return extend(&last, &one_of(&thing), &nouns);
    }
    let verb = match (call.method, ends_with_param) {
        ("get", _) if call.lists && !ends_with_param => "list",
        ("get", _) => "get",
        ("post", true) => "update",
        ("post", false) => "create",
        ("put", _) => "update",
        ("patch", _) => "patch",
        ("delete", _) => "delete",
        ("head", _) => "check",
        (other, _) => other,
    };
    let keeps_plural = !ends_with_param
        && (verb == "list" || verb == "get" || verb == "update" || verb == "delete" || verb == "patch");
    let is_collection = is_plural(last_word(&last));
    let thing = if keeps_plural { last } else { one_of(&last) };
    // A thing below one other thing is named with it: `list_card_transactions`.
    match parent {
        Some((owner, true)) => {
            nouns.pop();
            let thing = format!("{}_{thing}", one_of(&owner));
            extend(verb, &thing, &nouns)
        }
        // One part of a collection is named with it: `update_settlement_configuration`.
        Some((owner, false)) if is_plural(last_word(&owner)) && !is_collection && !ends_with_param => {
            nouns.pop();
            let thing = format!("{}_{thing}", one_of(&owner));
            extend(verb, &thing, &nouns)
        }
        _ => extend(verb, &thing, &nouns),
    }
}

fn last_word(name: &str) -> &str {
    name.rsplit('_').next().unwrap_or(name)
}

/// The last word in the singular: `payout_destinations` -> `payout_destination`.
fn one_of(name: &str) -> String {
    match name.rsplit_once('_') {
        Some((head, tail)) => format!("{head}_{}", singular(tail)),
        None => singular(name),
    }
}

fn extend(verb: &str, thing: &str, context: &[(String, bool)]) -> Vec<String> {
    let mut out = vec![join(verb, thing)];
    let mut name = thing.to_string();
    for (word, _) in context.iter().rev() {
        name = format!("{}_{name}", one_of(word));
        out.push(join(verb, &name));
    }
    out
}

/// Leaves out a word that follows itself: `session_session_order`.
fn join(verb: &str, thing: &str) -> String {
    let mut words: Vec<&str> = verb.split('_').chain(thing.split('_')).collect();
    words.dedup();
    snake(&words.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(method: &str, path: &str, lists: bool) -> String {
        method_candidates(&Call { method, path, lists }).remove(0)
    }

    #[test]
    fn a_keyword_of_the_edition_or_a_letter_the_compiler_warns_of_is_no_name() {
        assert_eq!((snake("ﬁne"), type_name("ſale")), ("fine".to_string(), "Sale".to_string()));
        assert_eq!((snake("gen"), snake("type")), ("gen_".to_string(), "type_".to_string()));
    }

    #[test]
    fn methods_read_as_a_person_would_say_them() {
        assert_eq!(first("get", "/transactions", true), "list_transactions");
        assert_eq!(first("get", "/transactions/{id}", false), "get_transaction");
        assert_eq!(first("post", "/transactions/{id}/capture", false), "capture_transaction");
        assert_eq!(first("post", "/accounts/{aid}/wallets/cards", false), "create_card");
        assert_eq!(first("delete", "/card-tokens/{token_id}", false), "delete_card_token");
        assert_eq!(first("put", "/accounts/{aid}/discounts/campaigns/{campaign_id}", false), "update_campaign");
        assert_eq!(
            first("get", "/accounts/{aid}/wallets/cards/{card_id}/transactions", true),
            "list_card_transactions"
        );
        assert_eq!(first("post", "/sessions/{session_id}/cancel", false), "cancel_session");
        assert_eq!(first("post", "/accounts/{aid}/shopping/orders/{order_id}/captures", false), "create_order_capture");
        assert_eq!(first("post", "/transactions/{id}/authorization", false), "create_transaction_authorization");
        assert_eq!(first("get", "/accounts/{aid}/settlements/configuration", true), "list_settlement_configuration");
        assert_eq!(first("get", "/accounts/{aid}", false), "get_account");
        assert_eq!(first("get", "/accounts/{aid}/categories/{id}", false), "get_category");
    }

    #[test]
    fn a_longer_name_is_offered_for_a_collision() {
        let call = Call {
            method: "get",
            path: "/accounts/{aid}/management/settings/approvals/payout-destinations",
            lists: true,
        };
        let names = method_candidates(&call);
        assert_eq!(names[0], "list_payout_destinations");
        assert_eq!(names[1], "list_approval_payout_destinations");
    }

    #[test]
    fn type_names_are_identifiers() {
        for (words, name) in [
            ("HMAC-SHA1", "HmacSha1"),
            ("client_credentials", "ClientCredentials"),
            ("AWS4-HMAC-SHA256", "Aws4HmacSha256"),
            ("SCARule", "ScaRule"),
            ("3DS", "ThreeDs"),
            ("Option", "OptionObject"),
            ("$.requirement.item", "RequirementItem"),
            ("", "Unnamed"),
        ] {
            assert_eq!(type_name(words), name);
        }
    }

    #[test]
    fn a_long_type_name_makes_room_in_its_middle() {
        let long = "VirtualNetworkTapsDestinationNetworkInterfaceIpConfigurationProperties";
        assert_eq!(short_type_name(long), "VirtualNetworkInterfaceIpConfigurationProperties");
        assert_eq!(short_type_name(&"x".repeat(100)).len(), LONGEST);
        assert_eq!(short_type_name("Card"), "Card");
    }

    #[test]
    fn variants_are_readable_and_distinct() {
        let values =
            ["", "3DS", "no", "-1", "a", "A", "+", "-", "Etc/GMT+1", "Etc/GMT-1", "other", "Self", "2023-01", "日本"];
        let (names, settled) = variants(&values.map(String::from), &[]);
        assert_eq!(
            names,
            [
                "Empty",
                "ThreeDs",
                "No",
                "Minus1",
                "ALower",
                "A",
                "Plus",
                "Minus",
                "EtcGmt1",
                "EtcGmt1Lower",
                "OtherValue",
                "SelfValue",
                "N202301",
                "日本"
            ]
        );
        assert_eq!(settled, ["Etc/GMT-1", "a"]);
        let (after, _) = variants(&["A", "a"].map(String::from), &["a".to_string()]);
        assert_eq!(after, ["AUpper", "A"], "who was there keeps its name");
        for name in names {
            syn::parse_str::<syn::Ident>(&name).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
    }
}
