//! Names for a type, from the words of its places.

use crate::names::{short_type_name, singular, type_name};

/// Names from the shortest to the longest: what all places share, else the last two words of the first, then more.
pub fn candidates(places: &[Vec<String>]) -> Vec<String> {
    // The place nearest to the root tells most with the fewest words; it comes first.
    let mut places: Vec<&Vec<String>> = places.iter().collect();
    places.sort_by_key(|p| (p.len(), p.iter().map(String::len).sum::<usize>(), *p));
    let words = |place: &&Vec<String>| -> Vec<String> { place.iter().flat_map(|w| type_words(w)).collect() };
    let all: Vec<Vec<String>> = places.iter().map(words).collect();
    let mut out = Vec::new();
    // Words that tell nothing by themselves.
    const EMPTY: [&str; 17] = [
        "response", "request", "error", "item", "type", "status", "data", "value", "name", "id", "details", "info",
        "object", "list", "result", "code", "source",
    ];
    if all.len() > 1 {
        let shared = (1..=all.iter().map(Vec::len).min().unwrap_or(0))
            .take_while(|n| all.iter().all(|w| w[w.len() - n..] == all[0][all[0].len() - n..]))
            .last();
        if let Some(n) = shared {
            let words = &all[0][all[0].len() - n..];
            if n > 1 || !EMPTY.contains(&words[0].as_str()) {
                out.push(build(words));
            }
        }
    }
    let Some(place) = places.first() else { return out };
    // A part of what a call sends or answers is named by the thing, before it is named by the call.
    let role = ["response", "request", "error"].iter().find_map(|role| place[0].strip_suffix(role));
    if let Some(call) = role
        && place.len() > 1
    {
        let thing: Vec<String> = type_words(call).into_iter().skip(1).collect();
        if let Some((last, head)) = thing.split_last() {
            let mut words = head.to_vec();
            words.push(singular(last));
            words.extend(type_words(&place[place.len() - 1]));
            out.push(build(&words));
        }
    }
    for n in 2.min(place.len())..=place.len() {
        let tail: Vec<String> = place[place.len() - n..].iter().flat_map(|w| type_words(w)).collect();
        let name = build(&tail);
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

fn type_words(text: &str) -> Vec<String> {
    use heck::ToSnakeCase;
    type_name(text).to_snake_case().split('_').map(str::to_string).collect()
}

/// Joins the words, each run of words once: `transaction`, `transaction_events` is `TransactionEvents`.
fn build(words: &[String]) -> String {
    let mut words = words.to_vec();
    for run in (1..=words.len() / 2).rev() {
        let mut at = 0;
        while at + 2 * run <= words.len() {
            match words[at..at + run] == words[at + run..at + 2 * run] {
                true => drop(words.drain(at..at + run)),
                false => at += 1,
            }
        }
    }
    short_type_name(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_nothing_twice() {
        let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(build(&words("related party related party payee")), "RelatedPartyPayee");
        assert_eq!(build(&words("transaction transaction events")), "TransactionEvents");
        assert_eq!(build(&words("card token card")), "CardTokenCard");
    }
}
