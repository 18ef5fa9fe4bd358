//! Types that are found from one another: items of lists of one name that have the same fields.
//!
//! What a session, a capture and a refund are about are types of their own, as the documents describe them. That one can be
//! made of another is said where a reader looks; how is the runtime's `carry`, which looks at the values. A conversion in
//! the types would be gone with the first field that a document gives to one of them.

use crate::api::{Api, Object};
use std::collections::BTreeSet;

/// So many fields are no accident.
const LEAST: usize = 4;

/// What the docs of a type say of its kin; empty where there is none.
pub fn paragraph(api: &Api, object: &Object) -> String {
    let lists = lists_of(api, object);
    if lists.is_empty() {
        return String::new();
    }
    let fields = fields(object);
    let is_kin = |other: &&Object| {
        let theirs = self::fields(other);
        other.name != object.name
            && fields.len().min(theirs.len()) >= LEAST
            && (fields.is_subset(&theirs) || theirs.is_subset(&fields))
            && !lists.is_disjoint(&lists_of(api, other))
    };
    let kin: Vec<String> = api.objects.iter().filter(is_kin).map(|other| format!("[`{}`]", other.name)).collect();
    match kin.as_slice() {
        [] => String::new(),
        kin => format!(
            "Has fields of {}: [`carry`](dintero_types::carry) makes one of the other where nothing is lost.",
            kin.join(", ")
        ),
    }
}

/// Names on the wire of the lists that it is an item of.
fn lists_of<'a>(api: &'a Api, object: &Object) -> BTreeSet<&'a str> {
    let list = format!("Vec<{}>", object.name);
    let all = api.objects.iter().flat_map(|object| &object.fields);
    all.filter(|field| field.kind == list).map(|field| field.wire.as_str()).collect()
}

fn fields(object: &Object) -> BTreeSet<(&str, &str)> {
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
        let api = Api { objects, wrappers: Vec::new(), calls: Vec::new() };
        let told: Vec<String> = api.objects.iter().map(|object| paragraph(&api, object)).collect();
        assert!(told[3].starts_with("Has fields of [`CapturedLine`]: "), "{told:?}");
        assert!(told[4].starts_with("Has fields of [`PaidLine`]: "), "{told:?}");
        assert!([0, 1, 2, 5, 6].iter().all(|at| told[*at].is_empty()), "{told:?}");
    }
}
