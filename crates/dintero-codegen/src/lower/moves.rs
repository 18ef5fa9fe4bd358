//! Where the parts of a document went when its version was converted.
//!
//! For: references must follow what they refer to, and messages name places of the document as it is published.

use crate::document::{escape, steps};
use std::collections::HashMap;

/// Pairs of JSON pointers: what is below the first is now below the second.
#[derive(Debug, Default)]
pub struct Moves {
    forward: HashMap<String, String>,
    back: HashMap<String, String>,
}

impl Moves {
    pub fn add(&mut self, from: impl Into<String>, to: impl Into<String>) {
        let (from, to) = (from.into(), to.into());
        self.back.entry(to.clone()).or_insert_with(|| from.clone());
        self.forward.insert(from, to);
    }

    /// A second place of what is below the first.
    pub fn also(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.back.entry(to.into()).or_insert_with(|| from.into());
    }

    /// What moved once more.
    pub fn then(&mut self, next: Moves) {
        for (from, to) in next.forward {
            let from = self.published(&from);
            self.forward.insert(from, to);
        }
        for (to, from) in next.back {
            let from = self.published(&from);
            self.back.entry(to).or_insert(from);
        }
    }

    /// Whether everything is where it was.
    pub fn is_empty(&self) -> bool {
        self.forward.is_empty() && self.back.is_empty()
    }

    /// The place now of what the published document has at a pointer.
    pub fn now(&self, pointer: &str) -> String {
        follow(&self.forward, pointer)
    }

    /// The place in the published document of what is now at a pointer.
    pub fn published(&self, pointer: &str) -> String {
        follow(&self.back, pointer)
    }

    /// A reference as it must read now. One that is not local stays as it is.
    pub fn reference(&self, target: &str) -> String {
        let Some(local) = target.strip_prefix('#') else { return target.to_string() };
        let pointer: String = steps(local).iter().map(|s| format!("/{}", escape(s))).collect();
        let now = self.now(&pointer);
        // What was written in its own way and did not move is left so.
        if now == pointer { target.to_string() } else { format!("#{}", now.replace('%', "%25")) }
    }
}

/// The longest known beginning counts.
fn follow(map: &HashMap<String, String>, pointer: &str) -> String {
    let mut head = pointer;
    loop {
        if let Some(to) = map.get(head) {
            return format!("{to}{}", &pointer[head.len()..]);
        }
        match head.rfind('/') {
            Some(end) => head = &head[..end],
            None => return pointer.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_counts_in_both_directions() {
        let mut moves = Moves::default();
        moves.add("/parameters", "/components/parameters");
        moves.add("/parameters/Body/schema", "/components/requestBodies/Body/content/application~1json/schema");
        assert_eq!(moves.now("/parameters/Id/schema"), "/components/parameters/Id/schema");
        let body = "/components/requestBodies/Body/content/application~1json/schema/items";
        assert_eq!(moves.now("/parameters/Body/schema/items"), body);
        assert_eq!(moves.published(body), "/parameters/Body/schema/items");
        assert_eq!(moves.now("/parametersOther"), "/parametersOther");
    }

    #[test]
    fn what_moved_twice_is_found_from_both_ends() {
        let (mut moves, mut next) = (Moves::default(), Moves::default());
        moves.add("/definitions", "/components/schemas");
        next.add("/components/schemas/A/prefixItems/0", "/components/schemas/A/items");
        next.also("/components/schemas/A", "/components/schemas/A/oneOf/0");
        moves.then(next);
        assert_eq!(moves.now("/definitions/A/prefixItems/0/x"), "/components/schemas/A/items/x");
        assert_eq!(moves.published("/components/schemas/A/items/x"), "/definitions/A/prefixItems/0/x");
        assert_eq!(moves.published("/components/schemas/A/oneOf/0/x"), "/definitions/A/x");
    }

    #[test]
    fn references_follow_however_they_are_escaped() {
        let mut moves = Moves::default();
        moves.add("/definitions", "/components/schemas");
        for (old, new) in [
            ("#/definitions/A", "#/components/schemas/A"),
            ("#/definitions/A%20b", "#/components/schemas/A b"),
            ("#/definitions/a~1b/properties/c~0d", "#/components/schemas/a~1b/properties/c~0d"),
            ("#/definitions/100%25", "#/components/schemas/100%25"),
            ("#/paths/~1a%7Bid%7D/get", "#/paths/~1a%7Bid%7D/get"),
            ("other.yaml#/definitions/A", "other.yaml#/definitions/A"),
        ] {
            assert_eq!(moves.reference(old), new);
        }
    }
}
