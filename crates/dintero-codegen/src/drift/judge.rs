//! The crates decide: what is told of code is as grave as what happens to the code.
//!
//! For: the rules say what changed in a document, and may be wrong about what the generator makes of it. The two models of
//! the crate are not: what a program can see of them, and what it means on the wire, either stayed, grew or broke.

use super::Change;
use super::levels::{Level, Side};
use super::rules::*;
use crate::api::surface::{Difference, Named};
use crate::gate::text::code;

/// Not about code: who is let in, where calls go, what may be sent twice, what the service asks for.
const NOT_CODE: [&Rule; 21] = [
    &AUTH_ADDED,
    &AUTH_REMOVED,
    &AUTH_REQUIRED,
    &AUTH_LIFTED,
    &SCOPE_ADDED,
    &SCOPE_REMOVED,
    &HOST_ADDED,
    &HOST_CHANGED,
    &SERVER_CHANGED,
    &TEST_SERVER_ADDED,
    &TEST_SERVER_CHANGED,
    &GUARD_LOST,
    &RETRY_CHANGED,
    &PARAMETER_BECAME_REQUIRED,
    &PARAMETER_BECAME_OPTIONAL,
    &REQUIRED_PARAMETER_ADDED,
    &REQUIRED_REQUEST_BODY_ADDED,
    &REQUEST_BODY_BECAME_REQUIRED,
    &REQUEST_BODY_BECAME_OPTIONAL,
    &PUBLIC_API_CHANGED,
    &OPERATION_MOVED,
];

/// How many items one message names.
const NAMED: usize = 5;

/// Corrects the levels by what became of the crate, and tells what no rule has told.
pub fn run(changes: &mut Vec<Change>, difference: &Difference, service: &str) {
    let about_code = |change: &Change| !NOT_CODE.iter().any(|rule| rule.id == change.rule);
    let most = match (difference.breaks(), difference.is_empty()) {
        (true, _) => Level::Breaking,
        (false, false) => Level::Additive,
        (false, true) => Level::Docs,
    };
    // Nothing is called otherwise where nothing broke.
    changes.retain(|change| most == Level::Breaking || change.rule != TYPE_RENAMED.id);
    for change in changes.iter_mut().filter(|change| about_code(change)) {
        change.level = change.level.min(most);
    }
    let told: Vec<Change> = changes.iter().filter(|c| c.level == Level::Breaking).cloned().collect();
    let broken = difference.gone.iter().chain(&difference.changed);
    let untold: Vec<&Named> = broken.filter(|item| !is_told(item, &told)).collect();
    if !untold.is_empty() {
        let named: Vec<String> = untold.iter().take(NAMED).map(|item| code(&item.path)).collect();
        let more = if untold.len() > NAMED { format!(" and {} more", untold.len() - NAMED) } else { String::new() };
        changes.push(Change {
            service: service.to_string(),
            rule: PUBLIC_API_CHANGED.id,
            level: Level::Breaking,
            side: Side::Both,
            pointer_old: String::new(),
            pointer_new: String::new(),
            operations: Vec::new(),
            message: format!("the crate has {}{more} no more, or as something else", named.join(", ")),
        });
    } else if most == Level::Additive && !changes.iter().any(|c| c.level >= Level::Additive) {
        let named: Vec<String> = difference.added.iter().take(NAMED).map(|item| code(&item.path)).collect();
        changes.push(Change {
            service: service.to_string(),
            rule: PUBLIC_API_CHANGED.id,
            level: Level::Additive,
            side: Side::Both,
            pointer_old: String::new(),
            pointer_new: String::new(),
            operations: Vec::new(),
            message: format!("the crate has {} more", named.join(", ")),
        });
    }
    changes.sort_by_key(|c| (std::cmp::Reverse(c.level), !is_host(c)));
}

/// Who is given a credential stands before all else.
pub fn is_host(change: &Change) -> bool {
    [HOST_ADDED.id, HOST_CHANGED.id].contains(&change.rule)
}

/// Whether a change speaks of the item, of what it is part of or made of, or of an operation that it belongs to.
fn is_told(item: &Named, told: &[Change]) -> bool {
    let ours = [
        "",
        "types",
        "builder",
        "client",
        "operations",
        "new",
        "default",
        "option",
        "vec",
        "box",
        "string",
        "impl",
        "into",
        "struct",
        "enum",
        "fn",
        "i64",
        "f64",
        "bool",
        "union",
        "variant",
        "operation",
        "by",
        "status",
        "each",
    ];
    let words: Vec<String> = [&item.path, &item.signature]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_').map(letters).collect::<Vec<_>>())
        .filter(|word| !ours.contains(&word.as_str()))
        .collect();
    told.iter().any(|change| {
        let of_operation = item.operations.iter().any(|op| change.operations.contains(op));
        let text = [&change.message, &change.pointer_old, &change.pointer_new].map(String::as_str).join(" ");
        let mut said = text.split(|c: char| !c.is_alphanumeric() && c != '_').map(letters);
        // `Read.way` is `ReadWay` in Rust.
        let together = letters(&change.message);
        of_operation
            || said.any(|said| words.contains(&said))
            || words.iter().any(|word| word.len() > 5 && together.contains(word.as_str()))
    })
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
