//! Work on a document goes on a thread of its own: with a stack for schemas that nest deeply, and an end to its panics.

use crate::problem::Problem;

/// The name of the threads that generate, by which a panic of the generator is known.
pub const NAME: &str = "generate";

/// Recursive schemas go deep.
pub const STACK: usize = 64 << 20;

/// A panic of any pass is a problem of that document, and stops no other.
pub fn guarded<T>(shown: &str, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Problem::new(
            shown,
            "",
            "a pass gave up on the document",
            "report it with the document: it is a fault of this tool",
        ))
    })
}

/// On a thread of the generator's name, with its stack.
pub fn on_thread<T: Send>(shown: &str, work: impl FnOnce() -> Result<T, Problem> + Send) -> Result<T, Problem> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(NAME.into())
            .stack_size(STACK)
            .spawn_scoped(scope, || guarded(shown, work));
        match thread.map(|t| t.join()) {
            Ok(Ok(result)) => result,
            _ => Err(Problem::new(shown, "", "the generator could not be run", "report it with the document")),
        }
    })
}
