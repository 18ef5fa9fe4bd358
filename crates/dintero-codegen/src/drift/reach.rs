//! Which operations a change reaches through references, and on which side.

use super::label::{label, last};
use super::levels::{Level, Side};
use super::rules::Rule;
use super::schemas;
use super::site::Reader;
use super::told::{Facts, Place, Told};
use super::walk::{By, Loose, Meaning, Walk};
use super::words::Words;
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Changes are told with the operations that they reach: that many names, all together.
const TOLD: usize = 1_000_000;

/// Whom a pair of schemas reaches.
#[derive(Debug, Clone, Default)]
struct Reached {
    operations: BTreeSet<String>,
    side: Option<Side>,
    /// By anything that the crate makes something of.
    live: bool,
}

impl Reached {
    fn by(&mut self, by: &By) {
        self.operations.insert(by.operation.clone());
        self.side = Some(self.side.map_or(by.side, |side| side.with(by.side)));
        self.live |= by.live;
    }
}

/// What of the old document has a counterpart in the new one.
pub struct Compared {
    pub places: HashSet<String>,
    /// What operations are called now, by what they were called.
    pub operations: HashMap<String, String>,
}

/// Everything that was found, each once, with whom it reaches and its level.
pub fn changes(walk: Walk<'_>) -> Result<(Vec<Told>, Compared), Problem> {
    let mut reached: Vec<Reached> = vec![Reached::default(); walk.nodes.len()];
    let mut roots: BTreeMap<&By, Vec<usize>> = BTreeMap::new();
    for (node, by) in &walk.roots {
        roots.entry(by).or_default().push(*node);
    }
    let mut seen: Vec<usize> = vec![usize::MAX; walk.nodes.len()];
    let mut told = TOLD;
    for (round, (by, mut open)) in roots.into_iter().enumerate() {
        while let Some(id) = open.pop() {
            if seen[id] == round {
                continue;
            }
            seen[id] = round;
            // Most pairs are the same in both; whom they reach would be a list as long as that of the operations.
            if !walk.nodes[id].found.is_empty() {
                told = told.saturating_sub(1);
                reached[id].by(by);
            }
            if told == 0 {
                let pointer = walk.new_source.published(&walk.nodes[id].new.pointer());
                return Err(too_many(&walk.new_source.service.file, pointer));
            }
            open.extend(&walk.nodes[id].children);
        }
    }
    let facts = facts(&walk);
    let places = walk.nodes.iter().map(|node| node.old.pointer()).collect();
    let Walk { old, new, nodes, loose, renamed, .. } = walk;
    let mut all = Merged { old, new, found: BTreeMap::new() };
    for ((id, node), facts) in nodes.into_iter().enumerate().zip(facts) {
        let reached = &reached[id];
        // A type that no operation uses can still be named.
        let (side, live) = (reached.side.unwrap_or(Side::Both), reached.live || reached.operations.is_empty());
        let reached = Reached { operations: reached.operations.clone(), side: Some(side), live };
        for found in node.found {
            let (rule, words) = match found.meaning {
                Meaning::Rule(rule, words) => (rule, words),
                Meaning::Field(field, old, new) => match schemas::field_rule(&field.name, old, new, side) {
                    Some((rule, words)) => (rule, words.of(field.of).alike("")),
                    None => continue,
                },
            };
            all.add(rule, (found.old, found.new), words, &reached, facts.clone());
        }
    }
    for Loose { rule, old, new, words, by, type_name } in loose {
        let mut reached = Reached { side: Some(Side::Both), live: true, ..Reached::default() };
        let mut facts = Facts { types: type_name.into_iter().collect(), ..Facts::default() };
        if let Some(By { operation, side, live }) = by {
            facts.operations.insert(operation.clone());
            reached = Reached { operations: BTreeSet::from([operation]), side: Some(side), live };
        }
        all.add(rule, (old, new), words, &reached, facts);
    }
    Ok((all.told(), Compared { places, operations: renamed }))
}

/// What each pair that something was found in is in the crates: its type, those whose fields or items have it, and the
/// operations that have one of these in the signature of their method.
fn facts(walk: &Walk<'_>) -> Vec<Facts> {
    let mut parents: Vec<Vec<usize>> = vec![Vec::new(); walk.nodes.len()];
    for (id, node) in walk.nodes.iter().enumerate() {
        node.children.iter().for_each(|child| parents[*child].push(id));
    }
    let mut roots: BTreeMap<usize, BTreeSet<&String>> = BTreeMap::new();
    for (id, by) in &walk.roots {
        roots.entry(*id).or_default().insert(&by.operation);
    }
    let (before, after) = (&walk.old_source.types, &walk.new_source.types);
    let of = |(id, node): (usize, &super::walk::Node<'_>)| {
        let mut facts = Facts::default();
        if node.found.is_empty() {
            return facts;
        }
        let (mut open, mut seen) = (vec![id], HashSet::from([id]));
        while let Some(at) = open.pop() {
            let nodes = &walk.nodes[at];
            let names = [before.of_place(&nodes.old.pointer()), after.of_place(&nodes.new.pointer())];
            facts.types.extend(names.iter().flatten().map(|name| name.to_string()));
            facts.operations.extend(roots.get(&at).into_iter().flatten().map(|operation| operation.to_string()));
            // A type ends it, for whoever has a field of that type sees no change; but the type itself is seen by those.
            if at == id || names.iter().all(Option::is_none) {
                open.extend(parents[at].iter().filter(|parent| seen.insert(**parent)));
            }
        }
        facts
    };
    walk.nodes.iter().enumerate().map(of).collect()
}

fn too_many(file: &str, pointer: String) -> Problem {
    let why = "is where the changes, each with the operations it reaches, become more than anybody reads";
    Problem::new(
        file,
        pointer,
        why,
        "see whether the two are the same document at all, and compare fewer changes at once",
    )
}

/// The new place, the old one, the rule and what is said.
type Key = (String, String, &'static str, Words);

/// The same change at the same place is one, whoever reaches it.
struct Merged<'a> {
    old: Reader<'a>,
    new: Reader<'a>,
    found: BTreeMap<Key, (&'static Rule, Reached, Facts)>,
}

impl Merged<'_> {
    fn add(
        &mut self,
        rule: &'static Rule,
        (old, new): (String, String),
        mut words: Words,
        reached: &Reached,
        facts: Facts,
    ) {
        if words.of.is_none() {
            let of = label(self.new.root, &new);
            // What is said of the whole document is said of the operations that it is told of.
            let whole = || match reached.operations.first() {
                Some(operation) => format!("`{operation}`"),
                None => "the document".into(),
            };
            words.of = Some(if of.is_empty() { whole() } else { of });
        }
        words.or_alike(|| last(self.new.root, &new));
        // Every pointer leads somewhere: of what is not there, to where it would be.
        let (old, new) = (self.old.settle(&old), self.new.settle(&new));
        let entry = self.found.entry((new, old, rule.id, words));
        let (_, whom, known) = entry.or_insert((rule, Reached::default(), Facts::default()));
        whom.operations.extend(reached.operations.iter().cloned());
        whom.side = Some(match (whom.side, reached.side) {
            (Some(side), Some(other)) => side.with(other),
            (side, other) => side.or(other).unwrap_or(Side::Both),
        });
        whom.live |= reached.live;
        known.extend(facts);
    }

    fn told(self) -> Vec<Told> {
        let told = |((new, old, _, words), (rule, reached, facts)): (Key, (&'static Rule, Reached, Facts))| {
            let side = reached.side.unwrap_or(Side::Both);
            let level = if reached.live { rule.level(side) } else { Level::Docs };
            let told = Told::at(rule, level, Place { old, new }, words);
            Told { side, operations: reached.operations, facts, ..told }
        };
        self.found.into_iter().map(told).collect()
    }
}
