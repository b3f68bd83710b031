//! What is sent.

use anyhow::Result;
use klamm_core::Config;

use crate::{
    area::Case,
    measure::Work,
    topic::{Content, LARGE_BATCHES, Served},
};

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Payload and records under way.
    pub name: &'static str,
    /// Bytes of a payload.
    pub payload: usize,
    /// Records under way at once.
    pub in_flight: usize,
    /// How long a record waits for others to be sent with, in milliseconds.
    pub linger: u64,
    /// Records in all.
    pub records: usize,
}

impl Case for Sending {
    fn name(&self) -> &'static str {
        self.name
    }

    fn work(&self) -> Work {
        Work { messages: self.records, bytes: self.records * self.payload }
    }
}

/// An empty topic in another process, and its writers' settings.
#[derive(Debug)]
pub struct Records {
    served: Served,
    case: Sending,
}

impl Records {
    pub(super) fn start(case: &Sending) -> Result<Self> {
        let content =
            Content { payload: case.payload, has_headers: false, keys: 1, partitions: 1, messages: 0 };
        Ok(Self { served: Served::start(content, LARGE_BATCHES)?, case: *case })
    }

    /// Returns what is sent.
    pub fn case(&self) -> Sending {
        self.case
    }

    /// Returns the settings of a producer.
    pub fn config(&self) -> Config {
        Config::new()
            .bootstrap_servers(self.served.address())
            .set("linger.ms", self.case.linger)
            .set("acks", "1")
    }
}
