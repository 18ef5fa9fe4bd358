//! The lists of events and callbacks in the README.

use super::aliases::Alias;
use super::matching::Matched;
use super::table::path;
use crate::gate::Text;
use std::fmt::Write;

pub fn readme(matched: &Matched<'_>, idents: &[String], aliases: &[Alias<'_>]) -> String {
    let mut out = String::from("\n| event | variant of `Event` | payload |\n| --- | --- | --- |\n");
    for (typed, ident) in matched.typed.iter().zip(idents) {
        let _ = writeln!(out, "| {} | `{ident}` | `{}` |", typed.event.cell(), path(typed.service, &typed.row.payload));
    }
    if !matched.untyped.is_empty() {
        let list: Vec<String> = matched.untyped.iter().map(Text::code).collect();
        let _ = write!(
            out,
            "\nThese can be subscribed to and come as `Event::Other`, because their payload is not published:\n{}.\n",
            list.join(", ")
        );
    }
    if !aliases.is_empty() {
        out.push_str("\n| callback | type |\n| --- | --- |\n");
        for alias in aliases {
            let _ = writeln!(out, "| `{}` | `{}` |", alias.name, path(alias.service, alias.target));
        }
    }
    out.push('\n');
    out
}
