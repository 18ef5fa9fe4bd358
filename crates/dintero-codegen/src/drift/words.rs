//! What a change says, in parts: of what, about which names. Several of one cause can so be told in one line.

use crate::gate::text::code;

/// How many names, and how many places, one message names.
const NAMED: usize = 5;
const PLACED: usize = 3;

/// A sentence of a change without what it is said of.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words {
    /// In words of the document, `Order.lines[]`; told by the place where nothing is given.
    pub of: Option<String>,
    /// With `{}` in the place of the names, for one name and for several; without names, the sentence itself.
    one: String,
    many: String,
    /// Fields, values or types as the document has them.
    pub names: Vec<String>,
    /// What has to be equal for the same words elsewhere to have the same cause.
    alike: Option<String>,
    /// Whether there is no other cause like it, whatever is said.
    single: bool,
}

impl Words {
    /// About one name of several that may share the cause.
    pub fn about(name: impl Into<String>, one: impl Into<String>, many: impl Into<String>) -> Self {
        Self { one: one.into(), many: many.into(), names: vec![name.into()], ..Self::default() }
    }

    pub fn of(self, of: impl Into<String>) -> Self {
        Self { of: Some(of.into()), ..self }
    }

    pub fn alike(self, alike: impl Into<String>) -> Self {
        Self { alike: Some(alike.into()), ..self }
    }

    /// With more at the end.
    pub fn add(&mut self, end: &str) {
        self.one.push_str(end);
        self.many.push_str(end);
    }

    /// Never told together with another.
    pub fn single(self) -> Self {
        Self { single: true, ..self }
    }

    /// The same as long as nothing else was said.
    pub fn or_alike(&mut self, alike: impl FnOnce() -> String) {
        if self.alike.is_none() {
            self.alike = Some(alike());
        }
    }

    /// Equal for names of one cause at one place; none where there are no names.
    pub fn of_one_place(&self) -> Option<(&str, &str)> {
        (!self.names.is_empty() && !self.single)
            .then(|| (self.many.as_str(), self.alike.as_deref().unwrap_or_default()))
    }

    /// Equal for one cause at several places.
    pub fn of_one_cause(&self) -> Option<(&str, &[String], &str)> {
        let alike = self.alike.as_deref().unwrap_or_default();
        (!self.single).then_some((self.one.as_str(), self.names.as_slice(), alike))
    }

    /// The whole message. `places` is what it is said of.
    pub fn message(&self, places: &[String]) -> String {
        let names: Vec<String> = self.names.iter().map(|name| code(name)).collect();
        let said = match names.as_slice() {
            [] => self.one.clone(),
            [one] => self.one.replacen("{}", one, 1),
            several => self.many.replacen("{}", &list(several, NAMED), 1),
        };
        let places: Vec<&String> = places.iter().filter(|place| !place.is_empty()).collect();
        match places.is_empty() {
            true => said,
            false => format!("{}: {said}", list(&places, PLACED)),
        }
    }
}

impl From<String> for Words {
    fn from(said: String) -> Self {
        Self { one: said, ..Self::default() }
    }
}

impl From<&str> for Words {
    fn from(said: &str) -> Self {
        said.to_string().into()
    }
}

/// "`a`, `b` and `c`", and of many the first: "`a`, `b` and 8 more".
pub fn list(items: &[impl AsRef<str>], shown: usize) -> String {
    let first: Vec<&str> = items.iter().take(shown).map(AsRef::as_ref).collect();
    match (items.len() - first.len(), first.split_last()) {
        (0, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (0, _) => first.join(", "),
        (more, _) => format!("{} and {more} more", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_several_and_many() {
        let mut words = Words::about("a", "the value {} is gone", "the values {} are gone");
        assert_eq!(words.message(&["`A.kind`".into()]), "`A.kind`: the value `a` is gone");
        words.names = vec!["a".into(), "b".into()];
        assert_eq!(words.message(&[]), "the values `a` and `b` are gone");
        words.names = ('a'..='j').map(String::from).collect();
        assert_eq!(words.message(&[]), "the values `a`, `b`, `c`, `d`, `e` and 5 more are gone");
        let places: Vec<String> = ('a'..='e').map(|c| format!("`{c}`")).collect();
        assert_eq!(Words::from("is new").message(&places), "`a`, `b`, `c` and 2 more: is new");
    }

    /// A name is the document's, and is not read as a part of the sentence.
    #[test]
    fn a_name_with_braces_stands_as_it_is() {
        assert_eq!(Words::about("{}", "{} is gone", "").message(&[]), "`{}` is gone");
    }
}
