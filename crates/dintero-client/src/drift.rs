//! Reports, while a program runs, what answers have that the document does not.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use dintero_types::reading::News;
pub use dintero_types::reading::NewsKind as DriftKind;

use crate::Operation;

/// Something in an answer that the document does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// Whose answer it is.
    pub operation: &'static Operation,
    /// The JSON path, the same for all items of a list: `$.events[].error.type`.
    pub path: String,
    /// What it is.
    pub kind: DriftKind,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { service, name, .. } = self.operation;
        write!(f, "{} at `{}` in an answer of {service} {name}", self.kind, self.path)
    }
}

/// Who is notified, and what was reported already.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Observer>);

type Tell = Box<dyn Fn(&Drift) + Send + Sync>;

struct Observer {
    number: usize,
    tell: Option<Tell>,
    told: Mutex<HashSet<(usize, DriftKind, String)>>,
}

/// At most so much is reported; a service that makes up names without end is not followed.
const MOST: usize = 4096;

impl Watch {
    fn new(tell: Option<Tell>) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        Self(Arc::new(Observer { number: NUMBER.fetch_add(1, Ordering::Relaxed), tell, told: Mutex::default() }))
    }

    /// An observer of the program.
    pub(crate) fn of(tell: impl Fn(&Drift) + Send + Sync + 'static) -> Self {
        Self::new(Some(Box::new(tell)))
    }

    /// What the reading of an answer goes by; none where nobody would hear.
    pub(crate) fn scope(&self, operation: &'static Operation) -> usize {
        if self.0.tell.is_none() && !tracing::enabled!(target: "dintero", tracing::Level::WARN) {
            return 0;
        }
        std::ptr::from_ref(operation) as usize ^ self.0.number.rotate_right(16)
    }

    /// Reports what is new for this operation.
    #[cold]
    pub(crate) fn tell(&self, operation: &'static Operation, news: Vec<News>) {
        for News { kind, path, .. } in news {
            let path = of_all_items(&path);
            let key = (std::ptr::from_ref(operation) as usize, kind, path);
            let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() >= MOST || !told.insert(key.clone()) {
                continue;
            }
            drop(told);
            let drift = Drift { operation, path: key.2, kind };
            match &self.0.tell {
                Some(tell) => tell(&drift),
                None => tracing::warn!(
                    target: "dintero",
                    service = operation.service,
                    operation = operation.name,
                    path = drift.path,
                    kind = kind.as_str(),
                    "an answer has what its document has not"
                ),
            }
        }
    }
}

/// Of the process: one event each.
impl Default for Watch {
    fn default() -> Self {
        static DEFAULT: LazyLock<Watch> = LazyLock::new(|| Watch::new(None));
        DEFAULT.clone()
    }
}

/// `$.events[3].id` is `$.events[].id`.
fn of_all_items(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (at, part) in path.split('[').enumerate() {
        match part.split_once(']') {
            Some((index, rest)) if at > 0 && index.bytes().all(|b| b.is_ascii_digit()) => {
                out.push_str("[]");
                out.push_str(rest);
            }
            _ => {
                out.push_str(if at > 0 { "[" } else { "" });
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_have_one_path() {
        for (path, all) in [("$", "$"), ("$[0].a[12][3]", "$[].a[][]"), ("$.a[b].c[1]", "$.a[b].c[]"), ("$.a[", "$.a[")]
        {
            assert_eq!(of_all_items(path), all);
        }
    }
}
