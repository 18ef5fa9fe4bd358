//! The same work for many items, on a few threads whose stacks are large enough for documents that nest deeply.

use dintero_codegen::thread::STACK;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// The results in the order of the items; none where no thread could be had, or the work gave up.
pub fn each<T: Sync, R: Send>(
    thread: &str,
    at_once: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let (done, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(items.len()) {
            let (done, next, work) = (done.clone(), &next, &work);
            let share = move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(i) else { break };
                    // A panic is the item's own, and stops no other; the other end waits until all are gone.
                    if let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(item))) {
                        let _ = done.send((i, result));
                    }
                }
            };
            // A thread that cannot be had leaves its share to the others.
            let _ = std::thread::Builder::new().name(thread.into()).stack_size(STACK).spawn_scoped(scope, share);
        }
    });
    drop(done);
    let mut ordered: Vec<Option<R>> = items.iter().map(|_| None).collect();
    for (i, result) in results {
        if let Some(place) = ordered.get_mut(i) {
            *place = Some(result);
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once_and_in_its_place() {
        let items: Vec<usize> = (0..100).collect();
        let squares = each("squares", 3, &items, |n| n * n);
        assert_eq!(squares, items.iter().map(|n| Some(n * n)).collect::<Vec<_>>());
        assert_eq!(each("none", 0, &items, |n| *n), vec![None; 100], "what nobody took up is told");
        let odd = each("odd", 2, &items, |n| if n % 2 == 0 { panic!("even") } else { *n });
        assert_eq!(odd.iter().flatten().count(), 50, "a panic is the item's own");
        assert_eq!(each("no items", 4, &[0; 0], |n| *n), Vec::<Option<i32>>::new());
    }
}
