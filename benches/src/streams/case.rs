//! What waits to be read, and how it is.

use anyhow::Result;

use crate::{
    area::Case,
    measure::Work,
    topic::{Content, Topic},
};

/// How a client that has more than one way takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All from one stream.
    Stream,
    /// Each with a call of its own.
    Recv,
}

/// What waits to be read, and how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Partitions and way, as in `12p/recv`.
    pub name: &'static str,
    /// How it is read.
    pub way: Way,
    /// What is in the topic.
    pub content: Content,
}

impl Reading {
    pub(super) const fn new(name: &'static str, way: Way, partitions: usize, messages: usize) -> Self {
        Self {
            name,
            way,
            content: Content { payload: 100, has_headers: false, keys: 1, partitions, messages },
        }
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

/// The topic of a case, and how it is read.
#[derive(Debug)]
pub struct Scene {
    /// The topic.
    pub topic: Topic,
    /// How it is read.
    pub way: Way,
}

impl Scene {
    pub(super) fn set_up(case: &Reading) -> Result<Self> {
        Ok(Self { topic: Topic::filled(case.content)?, way: case.way })
    }
}
