//! From settings to a running transactional producer.

use std::{fmt, time::Duration};

use klamm_core::{Config, ConfigError, Error, ErrorKind, contract::Window};

use super::{Transactional, thread};
use crate::Producer;

/// The setting that says how long a transaction may be open.
const TIMEOUT: &str = "transaction.timeout.ms";
/// librdkafka's own.
const TIMEOUT_MS: u64 = 60_000;
/// The setting that closes connections over which nothing goes.
const IDLE: &str = "connections.max.idle.ms";
/// How long nothing goes over a connection until it is closed, in ms.
///
/// When a group's coordinator has fallen, librdkafka 2.12.1 may wait, with positions for it, until any broker's connection changes
/// its state, however long that takes and whatever time was given to the call (`rd_kafka_coord_req_fsm`,
/// [#5511](https://github.com/confluentinc/librdkafka/issues/5511)). As it sends nothing meanwhile, this makes one change.
const IDLE_MS: u32 = 5_000;

/// From settings to a running transactional producer.
#[must_use = "a builder does nothing until it is started"]
pub struct TransactionalBuilder {
    config: Config,
    id: String,
    window: Window,
    within: Duration,
}

impl TransactionalBuilder {
    pub(super) fn new(config: Config, id: String) -> Self {
        let window = Window::new(100_000, Duration::from_millis(100));
        Self { config, id, window, within: Duration::from_secs(60) }
    }

    /// Sets how much a transaction of a pipeline holds: it ends after so many messages, or so long after the first;
    /// 100,000 or 100 ms unless set. One in which a message takes longer than four fifths of `transaction.timeout.ms`, counted from
    /// the first that is done, is aborted, before the coordinator does that and fences the producer.
    pub fn window(mut self, messages: usize, interval: Duration) -> Self {
        self.window = Window::new(messages, interval);
        self
    }

    /// Sets for how long a call is tried again while its error is retriable; a minute unless set. Getting ready, and a commit
    /// that was begun, are tried until the producer is dropped.
    pub fn retry_within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Starts the producer, and gets it ready in the background: every other with the same id is fenced when it is.
    ///
    /// Unless `connections.max.idle.ms` is set, connections are closed when nothing goes over them for 5 s, and opened again when
    /// something does. With much more, or 0, positions may wait for as long when the broker falls that coordinates the group.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] names the setting with which there could be no transactions, or the one that is unknown or
    /// malformed, and why.
    pub fn start(self) -> Result<Transactional, Error> {
        let Self { config, id, window, within } = self;
        let refuse = |key, value: String, reason| {
            Err(Error::from(ErrorKind::Config(ConfigError::Refused { key, value, reason })))
        };
        if id.is_empty() {
            return refuse("transactional.id", id, "an empty id is none: there would be no transactions");
        }
        if let Some(other) = config.get("transactional.id").filter(|other| *other != id) {
            let other = other.to_owned();
            return refuse("transactional.id", other, "the producer was given another id by its builder");
        }
        if window.messages == 0 {
            let reason = "a window of no messages would never end";
            return Err(Error::from(ErrorKind::Config(ConfigError::Inconsistent {
                reason: reason.to_owned(),
            })));
        }
        let timeout = config.get(TIMEOUT).and_then(|millis| millis.parse().ok()).unwrap_or(TIMEOUT_MS);
        // Then the coordinator gives a transaction up, and its producer with it.
        let longest = Duration::from_millis(timeout) / 5 * 4;
        if window.interval >= longest {
            let reason =
                format!("a window of {:?} is too long for `{TIMEOUT}` of {timeout} ms", window.interval);
            return Err(Error::from(ErrorKind::Config(ConfigError::Inconsistent { reason })));
        }
        let config = config.set_default(IDLE, IDLE_MS).set("transactional.id", id);
        let producer = Producer::builder(config).start()?;
        let requests = thread::spawn(producer.clone(), within)?;
        Ok(Transactional::new(producer, requests, window.longest(longest)))
    }
}

impl fmt::Debug for TransactionalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionalBuilder")
            .field("config", &self.config)
            .field("id", &self.id)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
