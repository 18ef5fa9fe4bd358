//! Items of the crate in words: which type or operation one belongs to, where that is published, and what became of it.
//!
//! For: what no rule explains is still told so that a person who never saw the crate's code knows where to look.

use super::levels::Level;
use super::operations::operations;
use super::reach::Compared;
use super::rules::{GUARD_LOST, PUBLIC_API_CHANGED, TYPE_ADDED, TYPE_NOT_SENT};
use super::site::Reader;
use super::told::{Place, Told};
use super::words::{Words, list};
use super::{Source, types};
use crate::api::surface::Named;
use crate::gate::text::code;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many items one message names, and the longest signature that it shows.
const NAMED: usize = 3;
const SHOWN: usize = 120;

/// Both sides, and how the items of an operation are found again.
pub struct Sides<'a> {
    pub old: &'a Source,
    pub new: &'a Source,
    pub compared: &'a Compared,
    /// Operations as they are named in a report, by what the surface has of them.
    pub calls: &'a HashMap<String, String>,
}

/// What a group of items belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Type(String),
    Operation(String),
    /// Neither of the two; there is no such item today.
    Crate,
}

/// One change for each type and each operation that these items belong to.
pub fn told(items: &[&Named], level: Level, is_new: bool, sides: &Sides<'_>) -> Vec<Told> {
    let mut groups: BTreeMap<Owner, Vec<&Named>> = BTreeMap::new();
    for item in items {
        groups.entry(sides.owner(item)).or_default().push(item);
    }
    let tell = |(owner, items): (Owner, Vec<&Named>)| {
        if let Some(name) = only_read(&owner, &items, is_new) {
            let words = Words::about(
                name,
                "the type {} is only read now: its constructor and setters are gone",
                "the types {} are only read now: their constructors and setters are gone",
            );
            let mut told = sides.of(&owner, Told::at(&TYPE_NOT_SENT, level, sides.place(&owner), words.alike("")));
            // It is said of the type itself.
            (told.words.of, told.of) = (Some(String::new()), Vec::new());
            return told;
        }
        if let Some(name) = owner.new_type(&items).filter(|_| is_new) {
            let words = Words::about(name, "the type {} is new", "the types {} are new").alike("");
            let mut told = sides.of(&owner, Told::at(&TYPE_ADDED, level, sides.place(&owner), words));
            (told.words.of, told.of) = (Some(String::new()), Vec::new());
            return told;
        }
        let said: Vec<String> = essential(&owner, &items).iter().map(|item| became(&owner, item, is_new)).collect();
        let said = list(&said, NAMED);
        let mut words = Words::about("", said.clone(), said).single();
        words.names = items.iter().map(|item| item.path.clone()).collect();
        sides.of(&owner, Told::at(&PUBLIC_API_CHANGED, level, sides.place(&owner), words))
    };
    groups.into_iter().map(tell).collect()
}

/// The type that these items belong to, if they are what a type that is sent has beside its fields.
fn only_read<'a>(owner: &'a Owner, items: &[&Named], is_new: bool) -> Option<&'a str> {
    let Owner::Type(name) = owner else { return None };
    let path = owner.path();
    let of_sent = |item: &&Named| {
        let own = item.path.strip_prefix(&path);
        item.now.is_none()
            && own.map_or(type_of(&item.path).is_some(), |rest| rest.starts_with("::") && rest.ends_with("()"))
    };
    let makes = |item: &&Named| item.path == format!("{path}::new()");
    (!is_new && items.iter().all(of_sent) && items.iter().any(makes)).then_some(name.as_str())
}

/// Fields whose value was hidden in `Debug`, and is shown now.
pub fn shown(items: &[&Named], sides: &Sides<'_>) -> Vec<Told> {
    let tell = |item: &&Named| {
        let owner = sides.owner(item);
        let field = item.path.rsplit('.').next().unwrap_or_default();
        let words = Words::about(
            field,
            "the value of the field {} was hidden in `Debug` and logs, and is shown now",
            "the values of the fields {} were hidden in `Debug` and logs, and are shown now",
        );
        sides.of(&owner, Told::at(&GUARD_LOST, Level::Breaking, sides.place(&owner), words.alike(owner.words())))
    };
    items.iter().map(tell).collect()
}

impl Owner {
    fn is(&self, name: &str) -> bool {
        matches!(self, Owner::Type(own) if own == name)
    }

    /// Whether it is a type of which this is so.
    fn is_of(&self, so: impl Fn(&str) -> bool) -> bool {
        matches!(self, Owner::Type(name) if so(name))
    }

    /// The type, if it is one of these items as a whole.
    fn new_type(&self, items: &[&Named]) -> Option<&str> {
        let Owner::Type(name) = self else { return None };
        items.iter().any(|item| item.path == self.path()).then_some(name.as_str())
    }

    fn path(&self) -> String {
        match self {
            Owner::Type(name) => format!("types::{name}"),
            _ => String::new(),
        }
    }

    fn words(&self) -> String {
        match self {
            Owner::Type(name) => format!("the type {}", code(name)),
            Owner::Operation(label) => code(label),
            Owner::Crate => "the crate".into(),
        }
    }
}

impl Sides<'_> {
    /// The type that a name stands for, in whichever of the two crates has it.
    pub fn type_of<'b>(&'b self, name: &'b str) -> &'b str {
        self.new.surface.owner(self.old.surface.owner(name))
    }

    fn owner(&self, item: &Named) -> Owner {
        let call = || item.operations.iter().chain([&item.path]).find_map(|call| self.calls.get(call));
        match (type_of(&item.path), call()) {
            (Some(name), _) => Owner::Type(self.type_of(name).to_string()),
            (None, Some(label)) => Owner::Operation(label.clone()),
            (None, None) => Owner::Crate,
        }
    }

    fn place(&self, owner: &Owner) -> Place {
        match owner {
            Owner::Type(name) => {
                let of = |source: &Source| Reader::new(&source.doc).settle(&source.service.converted_origin(name));
                Place { old: of(self.old), new: of(self.new) }
            }
            Owner::Operation(label) => {
                let now = |was: &String| self.compared.operations.get(was).unwrap_or(was) == label;
                let old = operations(self.old).into_iter().find(|op| now(&op.label()));
                let new = operations(self.new).into_iter().find(|op| op.label() == *label);
                let at = |op: Option<super::operations::Op<'_>>| op.map_or("/paths".to_string(), |op| op.pointer());
                Place { old: at(old), new: at(new) }
            }
            Owner::Crate => Place { old: String::new(), new: String::new() },
        }
    }

    /// With the operations that it reaches, and what of the crate it accounts for.
    fn of(&self, owner: &Owner, mut told: Told) -> Told {
        told.words.of = Some(owner.words());
        told.of = vec![owner.words()];
        match owner {
            Owner::Type(name) => {
                told.facts.types.insert(name.clone());
                told.operations.extend(types::reaching(self.new, name));
                let was = types::reaching(self.old, name);
                told.operations
                    .extend(was.into_iter().map(|was| self.compared.operations.get(&was).cloned().unwrap_or(was)));
            }
            Owner::Operation(label) => {
                told.facts.operations.insert(label.clone());
                told.operations.insert(label.clone());
            }
            Owner::Crate => {}
        }
        told
    }
}

/// The type that an item is, or is a part of.
pub fn type_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("types::")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end])
}

/// Without the parts of what is told whole, and without what follows from a field: its setter, and the constructor.
fn essential<'a>(owner: &Owner, items: &[&'a Named]) -> Vec<&'a Named> {
    let whole: HashSet<&str> = items.iter().map(|item| item.path.as_str()).collect();
    let fields: BTreeSet<(&str, &str)> =
        items.iter().filter_map(|item| item.path.strip_prefix("types::")?.split_once('.')).collect();
    let has_fields = |name: &str| fields.iter().any(|(of, _)| *of == name);
    let follows = |item: &&Named| {
        let path = item.path.as_str();
        match type_of(path) {
            // What a constructor takes follows from the fields.
            Some(name) if path == format!("types::{name}") => {
                !owner.is(name) && (whole.contains(owner.path().as_str()) || owner.is_of(has_fields))
            }
            Some(name) if whole.contains(format!("types::{name}").as_str()) => true,
            Some(name) if !owner.is(name) => true,
            Some(name) => {
                let rest = &path["types::".len() + name.len()..];
                let function = rest.strip_prefix("::").and_then(|f| f.strip_suffix("()"));
                let of_field = function.is_some_and(|f| fields.contains(&(name, f)) || f == "new" && has_fields(name));
                of_field || rest == ": Default" && has_fields(name)
            }
            None => false,
        }
    };
    items.iter().filter(|item| !follows(item)).copied().collect()
}

/// What became of an item, as a sentence.
fn became(owner: &Owner, item: &Named, is_new: bool) -> String {
    let what = noun(owner, item);
    match &item.now {
        _ if is_new => format!("{what} is new"),
        None => format!("{what} is gone"),
        Some((now, _)) if *now != item.signature && now.len().max(item.signature.len()) > SHOWN => {
            format!("{what} is made of other parts now")
        }
        Some((now, _)) if *now != item.signature => {
            format!("{what} is {} now, was {}", code(now), code(&item.signature))
        }
        Some((_, wire)) => {
            let meant = |wire: &str| if wire.is_empty() { "nothing".to_string() } else { code(wire) };
            format!("{what} keeps its name and means {} on the wire now, was {}", meant(wire), meant(&item.wire))
        }
    }
}

/// "the field `a`", "the method `orders`".
fn noun(owner: &Owner, item: &Named) -> String {
    let path = item.path.as_str();
    let function = |rest: &str| rest.strip_suffix("()").map(str::to_string);
    if let Some(name) = type_of(path) {
        let rest = &path["types::".len() + name.len()..];
        return match (rest, rest.strip_prefix('.'), rest.strip_prefix("::")) {
            ("", ..) if owner.is(name) => "it".into(),
            ("", ..) => format!("the struct {} that its constructor takes", code(name)),
            (": Default", ..) => "its `Default` (`default()`, where no field has to be given)".into(),
            (_, Some(field), _) => format!("the field {}", code(field)),
            ("::new()", ..) => "its constructor `new()`".into(),
            (_, _, Some(inner)) => match (function(inner), inner.split_once(" by ")) {
                (Some(setter), _) => format!("the setter {}", code(&setter)),
                (None, Some((variant, tag))) => format!("the value {} for the variant {}", code(tag), code(variant)),
                (None, None) => format!("the variant {}", code(inner)),
            },
            _ => code(path),
        };
    }
    let parts: Vec<&str> = path.split("::").collect();
    match parts.as_slice() {
        ["Client", call] => match call.split_once("() asks for ") {
            Some((_, media)) => format!("the media type {} that the call asks for", code(media)),
            None => format!("the method {}", code(call)),
        },
        ["builder", _, "pages()"] => "reading the list page by page (`pages()`, `items()`)".into(),
        ["builder", _, "send_by_status()"] => "what `send_by_status()` returns".into(),
        ["builder", _, setter] => format!("the setter {}", code(setter.trim_end_matches("()"))),
        ["builder", given] => format!("the struct {} of what has to be given", code(given)),
        ["operations", constant] => format!("the constant {} of the operation table", code(constant)),
        ["events", event] => match event.split_once(" for ") {
            Some((_, value)) => format!("the event {}", code(value)),
            None => format!("what the event {} brings", code(event)),
        },
        _ => code(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &str, was: &str, now: Option<&str>) -> Named {
        Named {
            path: path.into(),
            signature: was.into(),
            wire: "x".into(),
            now: now.map(|now| (now.to_string(), "y".into())),
            operations: Vec::new(),
        }
    }

    /// Whoever reads it has not seen the crate.
    #[test]
    fn every_item_says_what_it_is_and_what_became_of_it() {
        let a = Owner::Type("A".into());
        for (path, expected) in [
            ("types::A", "it is gone"),
            ("types::ARequired", "the struct `ARequired` that its constructor takes is gone"),
            ("types::A.b", "the field `b` is gone"),
            ("types::A::b()", "the setter `b` is gone"),
            ("types::A::B", "the variant `B` is gone"),
            ("types::A::B by b", "the value `b` for the variant `B` is gone"),
            ("Client::get()", "the method `get()` is gone"),
            ("builder::Get::limit()", "the setter `limit` is gone"),
            ("operations::GET", "the constant `GET` of the operation table is gone"),
        ] {
            assert_eq!(became(&a, &item(path, "T", None), false), expected);
        }
        assert_eq!(became(&a, &item("types::A.b", "T", Some("U")), false), "the field `b` is `U` now, was `T`");
        let wire = became(&a, &item("types::A.b", "T", Some("T")), false);
        assert_eq!(wire, "the field `b` keeps its name and means `y` on the wire now, was `x`");
        assert_eq!(became(&a, &item("types::A::B", "variant", None), true), "the variant `B` is new");
    }

    #[test]
    fn what_follows_from_another_item_is_not_told_beside_it() {
        let told = |all: &[&str]| {
            let items: Vec<Named> = all.iter().map(|path| item(path, "", None)).collect();
            let told = essential(&Owner::Type("A".into()), &items.iter().collect::<Vec<_>>());
            told.into_iter().map(|item| item.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(told(&["types::A.b", "types::A::b()", "types::A::new()", "types::ARequired"]), ["types::A.b"]);
        assert_eq!(told(&["types::A", "types::A.b", "types::ARequired"]), ["types::A"]);
        assert_eq!(told(&["types::A::new()"]), ["types::A::new()"]);
        assert_eq!(told(&["types::ARequired"]), ["types::ARequired"]);
    }
}
