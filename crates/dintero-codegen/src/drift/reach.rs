//! Which operations a change reaches through references, and on which side.

use super::judge::is_host;
use super::levels::{Level, Side};
use super::rules::Rule;
use super::site::Reader;
use super::walk::{By, Loose, Meaning, Walk};
use super::{Change, schemas};
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

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

/// Everything that was found, each once, with whom it reaches and its level.
pub fn changes(walk: Walk<'_>, service: &str) -> Result<Vec<Change>, Problem> {
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
    let Walk { old, new, nodes, loose, .. } = walk;
    let mut all = Merged { old, new, found: BTreeMap::new() };
    for (id, node) in nodes.into_iter().enumerate() {
        let reached = &reached[id];
        // A type that no operation uses can still be named.
        let (side, live) = (reached.side.unwrap_or(Side::Both), reached.live || reached.operations.is_empty());
        for found in node.found {
            let (rule, message) = match found.meaning {
                Meaning::Rule(rule, message) => (rule, message),
                Meaning::Field(name, old, new) => match schemas::field_rule(&name, old, new, side) {
                    Some(told) => told,
                    None => continue,
                },
            };
            all.add(rule, found.old, found.new, message, &reached.operations, side, live);
        }
    }
    for Loose { rule, old, new, message, by } in loose {
        match by {
            Some(by) => all.add(rule, old, new, message, &BTreeSet::from([by.operation]), by.side, by.live),
            None => all.add(rule, old, new, message, &BTreeSet::new(), Side::Both, true),
        }
    }
    Ok(all.changes(service))
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

/// The same change at the same place is one, whoever reaches it.
struct Merged<'a> {
    old: Reader<'a>,
    new: Reader<'a>,
    found: BTreeMap<(String, String, &'static str, String), (&'static Rule, Reached)>,
}

impl Merged<'_> {
    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        rule: &'static Rule,
        old: String,
        new: String,
        message: String,
        operations: &BTreeSet<String>,
        side: Side,
        live: bool,
    ) {
        // Every pointer leads somewhere: of what is not there, to where it would be.
        let (old, new) = (self.old.settle(&old), self.new.settle(&new));
        let (_, reached) = self.found.entry((new, old, rule.id, message)).or_insert((rule, Reached::default()));
        reached.operations.extend(operations.iter().cloned());
        reached.side = Some(reached.side.map_or(side, |s| s.with(side)));
        reached.live |= live;
    }

    fn changes(self, service: &str) -> Vec<Change> {
        let change =
            |((new, old, _, message), (rule, reached)): ((String, String, _, String), (&'static Rule, Reached))| {
                let side = reached.side.unwrap_or(Side::Both);
                Change {
                    service: service.to_string(),
                    rule: rule.id,
                    level: if reached.live { rule.level(side) } else { Level::Docs },
                    side,
                    pointer_old: old,
                    pointer_new: new,
                    operations: reached.operations.into_iter().collect(),
                    message,
                }
            };
        let mut changes: Vec<Change> = self.found.into_iter().map(change).collect();
        // The gravest first, and of those who is given a credential; within a level by place.
        changes.sort_by_key(|c| (std::cmp::Reverse(c.level), !is_host(c)));
        changes
    }
}
