//! What is written, before it is: nothing here touches a disk.

use std::collections::BTreeMap;

/// Path inside the crate -> content.
pub type Files = BTreeMap<String, String>;
