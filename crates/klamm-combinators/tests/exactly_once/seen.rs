//! What a member's process tells the one that has started it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// What processes have said, and how often.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<BTreeMap<String, usize>>>);

/// Tells whoever has started this process.
pub(crate) fn say(what: &str) {
    println!("saw {what}");
}

impl Seen {
    /// Hears all that a process says.
    pub(crate) fn listen(&self) -> impl FnOnce(&mut dyn Iterator<Item = String>) + Send + use<> {
        let Self(seen) = self.clone();
        move |said| {
            // What the test runner says is passed over.
            for what in said.filter_map(|line| line.strip_prefix("saw ").map(str::to_owned)) {
                *seen.lock().unwrap().entry(what).or_default() += 1;
            }
        }
    }

    /// Returns how often this was said.
    pub(crate) fn times(&self, what: &str) -> usize {
        self.0.lock().unwrap().get(what).copied().unwrap_or(0)
    }

    /// Returns what was said, and how often.
    pub(crate) fn all(&self) -> BTreeMap<String, usize> {
        self.0.lock().unwrap().clone()
    }
}
