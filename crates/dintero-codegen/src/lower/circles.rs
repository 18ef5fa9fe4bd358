//! Which schemas reach themselves through what they refer to, and which reach each other: asked once for all of them,
//! since a walk for each takes hours where thousands refer to thousands.

use super::schema::references_of;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::HashMap;

/// Every schema that lies on a circle of references, with the number of its circle. Circles that touch are one.
#[derive(Debug, Default)]
pub struct Circles(HashMap<String, usize>);

impl Circles {
    /// References to what is not among the schemas do not count.
    pub fn of(schemas: &IndexMap<String, Value>) -> Self {
        let to = schemas.values().map(|schema| {
            let mut names = Vec::new();
            references_of(schema, &mut names);
            names.iter().filter_map(|name| schemas.get_index_of(name)).collect()
        });
        let circles = circles(&to.collect::<Vec<Vec<usize>>>());
        let names = circles.into_iter().enumerate().flat_map(|(id, circle)| circle.into_iter().map(move |i| (i, id)));
        Self(names.filter_map(|(i, id)| Some((schemas.get_index(i)?.0.clone(), id))).collect())
    }

    pub fn is_on_one(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether each is reached from the other.
    pub fn are_on_one(&self, a: &str, b: &str) -> bool {
        self.0.get(a).is_some_and(|id| self.0.get(b) == Some(id))
    }
}

/// The nodes of a graph that can be reached from themselves: Tarjan's components, without recursion.
fn circles(to: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let (mut order, mut low, mut is_open) = (vec![usize::MAX; to.len()], vec![0; to.len()], vec![false; to.len()]);
    let (mut open, mut count, mut out) = (Vec::new(), 0, Vec::new());
    for start in 0..to.len() {
        if order[start] != usize::MAX {
            continue;
        }
        let mut way = vec![(start, 0)];
        while let Some((node, next)) = way.pop() {
            if next == 0 {
                (order[node], low[node], is_open[node]) = (count, count, true);
                count += 1;
                open.push(node);
            } else {
                let child = to[node][next - 1];
                low[node] = low[node].min(low[child]);
            }
            let mut child = next;
            while let Some(&c) = to[node].get(child) {
                child += 1;
                if order[c] == usize::MAX {
                    way.push((node, child));
                    way.push((c, 0));
                    break;
                }
                if is_open[c] {
                    low[node] = low[node].min(order[c]);
                }
            }
            let is_done = way.last().is_none_or(|(last, _)| order[*last] != usize::MAX);
            if is_done && low[node] == order[node] {
                let from = open.iter().rposition(|n| *n == node).unwrap_or_default();
                let group = open.split_off(from);
                group.iter().for_each(|n| is_open[*n] = false);
                if group.len() > 1 || to[node].contains(&node) {
                    out.push(group);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_from_itself_lies_on_a_circle() {
        let sorted = |to: &[Vec<usize>]| {
            let mut found = circles(to);
            found.iter_mut().for_each(|circle| circle.sort_unstable());
            found.sort_unstable();
            found
        };
        // 0 -> 1 -> 2 -> 1, 3 -> 3, 4 -> 0 and 3, 5 alone; then two circles that share a node.
        assert_eq!(sorted(&[vec![1], vec![2], vec![1], vec![3], vec![0, 3], vec![]]), [vec![1, 2], vec![3]]);
        assert_eq!(sorted(&[vec![1, 2], vec![0], vec![3], vec![0, 4], vec![]]), [vec![0, 1, 2, 3]]);
        assert_eq!(sorted(&[vec![1, 1], vec![2], vec![]]), Vec::<Vec<usize>>::new());
    }
}
