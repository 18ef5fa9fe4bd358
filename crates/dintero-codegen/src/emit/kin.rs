//! Types that are found from one another: items of lists of one name that have the same fields.
//!
//! What a session, a capture and a refund are about are types of their own, as the documents describe them. That one can be
//! made of another is said where a reader looks; how is the runtime's `carry`, which looks at the values. A conversion in
//! the types would be gone with the first field that a document gives to one of them.

use crate::api::{Api, Object};
use std::collections::{BTreeMap, BTreeSet};

/// So many fields are no accident.
const LEAST: usize = 4;

/// The fields of an object, by published name and type.
type Fields<'a> = BTreeSet<(&'a str, &'a str)>;

/// Who is an item of which lists, by the names that they have on the wire; looked up once for all.
pub struct Kin<'a> {
    lists: BTreeMap<&'a str, BTreeSet<&'a str>>,
    items: BTreeMap<&'a str, Vec<(&'a Object, Fields<'a>)>>,
}

impl<'a> Kin<'a> {
    pub fn of(api: &'a Api) -> Self {
        let mut lists: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for field in api.objects.iter().flat_map(|object| &object.fields) {
            if let Some(item) = field.kind.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>')) {
                lists.entry(item).or_default().insert(field.wire.as_str());
            }
        }
        let mut items: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for object in &api.objects {
            for list in lists.get(object.name.as_str()).into_iter().flatten() {
                items.entry(list).or_default().push((object, fields(object)));
            }
        }
        Self { lists, items }
    }

    /// What the docs of a type say of its kin; empty where there is none.
    pub fn paragraph(&self, object: &Object) -> String {
        let Some(lists) = self.lists.get(object.name.as_str()) else { return String::new() };
        let fields = fields(object);
        let is_kin = |(other, theirs): &&(&Object, Fields<'_>)| {
            other.name != object.name
                && fields.len().min(theirs.len()) >= LEAST
                && (fields.is_subset(theirs) || theirs.is_subset(&fields))
        };
        let all = lists.iter().filter_map(|list| self.items.get(list)).flatten();
        let kin: BTreeSet<String> = all.filter(is_kin).map(|(other, _)| format!("[`{}`]", other.name)).collect();
        match kin.is_empty() {
            true => String::new(),
            false => format!(
                "Has fields of {}: [`carry`](dintero_types::carry) makes one of the other where nothing is lost.",
                kin.into_iter().collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

fn fields(object: &Object) -> Fields<'_> {
    object.fields.iter().map(|field| (field.wire.as_str(), field.kind.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Field, Presence};

    fn object(name: &str, fields: &[(&str, &str)]) -> Object {
        let field = |(wire, kind): &(&str, &str)| Field {
            ident: (*wire).into(),
            wire: (*wire).into(),
            kind: (*kind).into(),
            reader: None,
            presence: Presence::Optional,
            hidden: false,
            doc: String::new(),
        };
        let fields = fields.iter().map(field).collect();
        Object { name: name.into(), sent: true, given: None, doc: String::new(), fields }
    }

    #[test]
    fn items_of_lists_of_one_name_with_the_same_fields_are_kin() {
        let line = [("id", "String"), ("amount", "i64"), ("vat", "f64"), ("text", "String")];
        let more = [&line[..], &[("store", "Box<Store>")]].concat();
        let float = [("id", "String"), ("amount", "f64"), ("vat", "f64"), ("text", "String")];
        let objects = vec![
            object("Paid", &[("items", "Vec<PaidLine>")]),
            object("Captured", &[("items", "Vec<CapturedLine>"), ("others", "Vec<OtherLine>")]),
            object("Counted", &[("items", "Vec<CountedLine>")]),
            object("PaidLine", &line),
            object("CapturedLine", &more),
            object("OtherLine", &line),
            object("CountedLine", &float),
        ];
        let api = Api { objects, wrappers: BTreeMap::new(), calls: Vec::new() };
        let told: Vec<String> = {
            let kin = Kin::of(&api);
            api.objects.iter().map(|object| kin.paragraph(object)).collect()
        };
        assert!(told[3].starts_with("Has fields of [`CapturedLine`]: "), "{told:?}");
        assert!(told[4].starts_with("Has fields of [`PaidLine`]: "), "{told:?}");
        assert!([0, 1, 2, 5, 6].iter().all(|at| told[*at].is_empty()), "{told:?}");
    }
}
