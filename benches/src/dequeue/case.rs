//! What waits to be read.

use crate::{area::Case, measure::Work, topic::Content};

/// What waits to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Payload and partitions, as in `100B/1p`.
    pub name: &'static str,
    /// What is in the topic.
    pub content: Content,
}

impl Reading {
    pub(super) const fn new(name: &'static str, payload: usize, partitions: usize, messages: usize) -> Self {
        Self { name, content: Content { payload, has_headers: false, keys: 1, partitions, messages } }
    }
}

impl Case for Reading {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        let Content { payload, messages, .. } = self.content;
        Work { messages, bytes: messages * payload }
    }
}
