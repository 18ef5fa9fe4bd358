//! What a maintainer has to decide after a sync: what breaks callers, by service, in a few lines.
//!
//! A document that was written anew has hundreds of changes. Nobody reads them before the first ten, so a page begins with a
//! fair share of each service, the gravest first, and says how many there are.

use super::Synced;
use crate::drift::Change;
use crate::drift::levels::Level;

/// Lines that all services have together.
pub const LINES: usize = 40;
/// Operations that a line names.
const OPERATIONS: usize = 2;

/// One service with what breaks its callers.
#[derive(Debug, PartialEq, Eq)]
pub struct Breaking<'a> {
    /// The crate.
    pub name: &'a str,
    /// How many changes break, whether shown or not.
    pub count: usize,
    /// The first of them, a line each: what, and whom it reaches.
    pub shown: Vec<(&'a str, String)>,
}

/// By crate; the lines are shared out evenly, and what one does not need the others have.
pub fn breaking(synced: &Synced) -> Vec<Breaking<'_>> {
    let all: Vec<(&str, Vec<&Change>)> = synced
        .services
        .iter()
        .filter(|changed| changed.step == Level::Breaking)
        .map(|changed| {
            let of = changed.changes.iter().filter(|change| change.level == Level::Breaking);
            (changed.service.as_str(), of.collect())
        })
        .collect();
    let shares = shares(&all.iter().map(|(_, changes)| changes.len()).collect::<Vec<_>>());
    let line = |change: &&'_ Change| -> String {
        let named: Vec<&str> = change.operations.iter().take(OPERATIONS).map(String::as_str).collect();
        match change.operations.len().saturating_sub(named.len()) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    };
    all.into_iter()
        .zip(shares)
        .map(|((name, changes), share)| Breaking {
            name,
            count: changes.len(),
            shown: changes.iter().take(share).map(|change| (change.message.as_str(), line(change))).collect(),
        })
        .collect()
}

/// How many of its lines each may show; its heading is one of all.
fn shares(wanted: &[usize]) -> Vec<usize> {
    let mut left = LINES.saturating_sub(wanted.len());
    let mut shares = vec![0; wanted.len()];
    while left > 0 {
        let before = left;
        for (share, wanted) in shares.iter_mut().zip(wanted) {
            if *share < *wanted && left > 0 {
                *share += 1;
                left -= 1;
            }
        }
        if before == left {
            break;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_shared_out_and_never_more_than_there_are() {
        assert_eq!(shares(&[380]), [39]);
        assert_eq!(shares(&[2, 380, 0]), [2, 35, 0]);
        assert_eq!(shares(&[100, 100, 100]), [13, 12, 12]);
        assert_eq!(shares(&[3, 1]), [3, 1]);
        assert_eq!(shares(&[1; 50]), [0; 50]);
        assert!(shares(&[]).is_empty());
    }
}
