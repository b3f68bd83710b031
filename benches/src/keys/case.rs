//! How many messages there are, of how many keys.

use crate::{area::Case, measure::Work};

/// How many messages there are, of how many keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The name, as in `by_key/10M keys`.
    pub name: &'static str,
    /// Distinct keys, which come in turn.
    pub keys: u64,
    /// Messages that are measured.
    pub messages: usize,
}

impl Keys {
    /// Messages before them, in which everything gets its size.
    pub const WARM_UP: usize = 100_000;
}

impl Case for Keys {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        Work { messages: self.messages, bytes: 0 }
    }
}
