//! What might leave something behind, and how often it happens.

use crate::{area::Case, measure::Work};

/// What might leave something behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A message that is read by a consumer that lives on.
    Message,
    /// A consumer that starts, reads a message and is dropped.
    Client,
}

/// What might leave something behind, and how often it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// What it is, in the plural.
    pub name: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// How many come at once.
    pub step: usize,
    /// How many steps come before the heap is first looked at.
    pub warm_up: usize,
    /// How many steps come between the two looks.
    pub steps: usize,
}

impl Growth {
    /// Bytes of a payload.
    pub(super) const PAYLOAD: usize = 100;
}

impl Case for Growth {
    fn name(&self) -> &'static str {
        self.name
    }

    /// A message for each message, and one for each client.
    fn work(&self) -> Work {
        let messages = self.step * self.steps;
        Work { messages, bytes: messages * Self::PAYLOAD }
    }
}
