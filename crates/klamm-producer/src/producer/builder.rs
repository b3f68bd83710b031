//! From settings to a running producer.

use std::{fmt, sync::Arc};

use klamm_core::{Config, Error, config::PRODUCER_FORCED, native::RawProducer};

use super::{Producer, Shared};
use crate::control;

/// From settings to a running producer.
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    config: Config,
}

impl Builder {
    pub(super) fn new(config: Config) -> Self {
        Self { config }
    }

    /// Starts the producer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](klamm_core::ErrorKind::Config) names the setting that is unknown, malformed or refused, and why.
    pub fn start(self) -> Result<Producer, Error> {
        let config = self.config.force(PRODUCER_FORCED)?;
        let (raw, queue) = RawProducer::start(&config)?;
        let shared = Arc::new(Shared::new(raw));
        control::spawn(Arc::clone(&shared), queue)?;
        Ok(Producer::new(shared))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish()
    }
}
