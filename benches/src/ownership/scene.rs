//! What all clients of a case share.

use anyhow::Result;

use super::{Keeping, Way};
use crate::topic::Topic;

/// The messages, and what is done with them.
#[derive(Debug)]
pub struct Scene {
    /// Where the messages are.
    pub topic: Topic,
    /// What is done with each of them.
    pub way: Way,
    /// Whether they have headers to be read.
    pub has_headers: bool,
}

impl Scene {
    /// Writes the messages of `case`.
    ///
    /// # Errors
    ///
    /// As [`Topic::filled`].
    pub fn set_up(case: &Keeping) -> Result<Self> {
        let topic = Topic::filled(case.content)?;
        Ok(Self { topic, way: case.way, has_headers: case.content.has_headers })
    }
}
