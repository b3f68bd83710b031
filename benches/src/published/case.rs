//! What is handled, and how long that takes.

use anyhow::Result;

use crate::{
    area::Case,
    measure::Work,
    pipelines::{self, Handling, Schedule},
};

/// Threads that handlers sleep on.
pub const THREADS: usize = 16;

/// What is handled, and how long that takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Messages of one partition, and their order.
    pub handling: Handling,
    /// Whether each takes some milliseconds, or next to nothing.
    pub sleeps: bool,
}

impl Published {
    /// Messages that take next to nothing.
    pub(super) const LIGHT_MESSAGES: usize = 40_000;

    /// 10,000 messages that take some milliseconds each.
    pub(super) const fn sleeping(name: &'static str, schedule: Schedule) -> Self {
        Self { handling: Handling::new(name, schedule, 1, 10_000), sleeps: true }
    }

    /// 40,000 messages that take next to nothing.
    pub(super) const fn light(name: &'static str, schedule: Schedule) -> Self {
        Self { handling: Handling::new(name, schedule, 1, Self::LIGHT_MESSAGES), sleeps: false }
    }
}

impl Case for Published {
    fn name(&self) -> &'static str {
        self.handling.name
    }

    fn work(&self) -> Work {
        self.handling.work()
    }
}

/// The messages of a case, and how long each takes.
#[derive(Debug)]
pub struct Scene {
    /// The messages and their order.
    pub pipeline: pipelines::Scene,
    /// Whether each takes some milliseconds, or next to nothing.
    pub sleeps: bool,
}

impl Scene {
    pub(super) fn set_up(case: &Published) -> Result<Self> {
        Ok(Self { pipeline: pipelines::Scene::set_up(&case.handling)?, sleeps: case.sleeps })
    }
}
