//! From settings to a running consumer.

use std::{fmt, sync::Arc, time::Duration};

use klamm_core::{
    Config, ConfigError, Error, TokenProvider,
    config::CONSUMER_FORCED,
    native::{Client, EventQueue},
    oauth::{BoxTokenProvider, Refreshing},
};

use super::Consumer;
use crate::{
    control::{self, Requests},
    defaults,
    shared::Shared,
};

/// From settings to a running consumer.
#[must_use = "a builder does nothing until it is told what to read"]
pub struct Builder {
    config: Config,
    hold_deadline: Option<Duration>,
    request_timeout: Duration,
    tokens: Option<BoxTokenProvider>,
}

impl Builder {
    pub(super) fn new(config: Config) -> Self {
        Self { config, hold_deadline: None, request_timeout: defaults::REQUEST_TIMEOUT, tokens: None }
    }

    /// Sets how long a revoke waits for what was started. Half of `max.poll.interval.ms` unless set, and never more:
    /// the group gives a member up that holds a rebalance longer than that.
    pub fn hold_deadline(mut self, deadline: Duration) -> Self {
        self.hold_deadline = Some(deadline);
        self
    }

    /// Sets how long [`Consumer::commit`] waits for its answer: 30 s unless set.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets who makes the client's tokens for SASL/OAUTHBEARER: a closure from the value of `sasl.oauthbearer.config` to
    /// a future of the token, or any other [`TokenProvider`].
    ///
    /// It is asked as soon as the consumer starts, and again when a token nears its end, whether or not anybody reads.
    /// The future is polled on the control thread and must not block; what needs a runtime is spawned on one
    /// ([`TokenProvider`] says more):
    ///
    /// ```
    /// use std::error::Error;
    /// use klamm_core::{Config, OauthToken};
    /// use klamm_stream::Consumer;
    ///
    /// # async fn fetch() -> Result<OauthToken, Box<dyn Error + Send + Sync>> { Err("no token service".into()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), klamm_core::Error> {
    /// let config = Config::new().bootstrap_servers("localhost:9092").group_id("billing");
    /// let config = config.set("security.protocol", "sasl_ssl").set("sasl.mechanisms", "OAUTHBEARER");
    /// let runtime = tokio::runtime::Handle::current();
    /// let builder = Consumer::builder(config).token_provider(move |_: String| {
    ///     let fetched = runtime.spawn(fetch());
    ///     async { fetched.await? }
    /// });
    /// let consumer = builder.subscribe(["orders"])?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.tokens = Some(BoxTokenProvider::new(provider));
        self
    }

    /// Starts the consumer as a member of its group, reading these topics: names, or regular expressions beginning with
    /// `^` (`rd_kafka_subscribe`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](klamm_core::ErrorKind::Config) names the setting that is unknown, malformed, missing or
    /// refused, and why;
    /// [`ErrorKind::Operation`](klamm_core::ErrorKind::Operation) if librdkafka cannot start or a name cannot be a topic's.
    pub fn subscribe<T: AsRef<str>>(self, topics: impl IntoIterator<Item = T>) -> Result<Consumer, Error> {
        let topics: Vec<T> = topics.into_iter().collect();
        let names: Vec<&str> = topics.iter().map(AsRef::as_ref).collect();
        let config = defaults::fill(self.config.force(CONSUMER_FORCED)?);
        if config.get("group.id").is_none_or(str::is_empty) {
            let reason = "a subscription is shared out within a group";
            return Err(ConfigError::Missing { key: "group.id", reason }.into());
        }
        let tokens = Refreshing::new(&config, self.tokens)?;
        let client = Client::consumer(&config)?;
        let longest = defaults::hold_deadline(&config);
        let hold = self.hold_deadline.map_or(longest, |deadline| deadline.min(longest));
        let queue = EventQueue::of_consumer(&client)?;
        let requests = Requests::new(queue.interrupt());
        client.subscribe(&names)?;
        let shared = Arc::new(Shared::new(client, requests, self.request_timeout));
        control::spawn(Arc::clone(&shared), queue, hold, tokens)?;
        Ok(Consumer::new(shared))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}
