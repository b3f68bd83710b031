//! From settings to a running consumer.

use std::{fmt, sync::Arc, time::Duration};

use klamm_core::{
    Config, ConfigError, Error, Offset, PartitionOffset, Start, TokenProvider, TopicPartitionList,
    config::CONSUMER_FORCED,
    native::{Client, EventQueue},
    oauth::{BoxTokenProvider, Refreshing},
};

use super::Consumer;
use crate::{
    control::{self, Orders, Requests, Wanted},
    defaults,
    shared::{Limits, Shared},
};

/// From settings to a running consumer.
#[must_use = "a builder does nothing until it is told what to read"]
pub struct Builder {
    config: Config,
    hold_deadline: Option<Duration>,
    request_timeout: Duration,
    stall_after: Option<Duration>,
    tokens: Option<BoxTokenProvider>,
}

impl Builder {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            hold_deadline: None,
            request_timeout: defaults::REQUEST_TIMEOUT,
            stall_after: None,
            tokens: None,
        }
    }

    /// Sets how long a revoke waits for what was started. Half of `max.poll.interval.ms` unless set, and never more:
    /// the group gives a member up that holds a rebalance longer than that.
    pub fn hold_deadline(mut self, deadline: Duration) -> Self {
        self.hold_deadline = Some(deadline);
        self
    }

    /// Sets after what time a partition that has messages, and of which nobody takes any, is reported as
    /// [`ConsumerEvent::Stalled`](crate::ConsumerEvent::Stalled) and logged: `max.poll.interval.ms` unless set, at least
    /// 100 ms, and never with [`Duration::MAX`]. The control thread looks four times within that time.
    pub fn stall_after(mut self, after: Duration) -> Self {
        self.stall_after = Some(after);
        self
    }

    /// Sets how long a request to the brokers waits for its answer: 30 s unless set.
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
        let topics: Vec<String> = topics.into_iter().map(|topic| topic.as_ref().to_owned()).collect();
        if !has_group(&self.config) {
            let reason = "a subscription is shared out within a group";
            return Err(ConfigError::Missing { key: "group.id", reason }.into());
        }
        self.start(topics, None)
    }

    /// Starts the consumer with every partition that `topic` has now, each from `start`, and joins no group.
    ///
    /// Which partitions there are, and the offsets of [`Start::Timestamp`], are asked of the brokers in the background,
    /// until they answer; a topic that does not exist is an error item of the streams. With `group.id` set, positions
    /// can be committed, and [`Start::Committed`] begins there, although the group assigns nothing: make sure that
    /// nobody else reads the same partitions under that name.
    ///
    /// ```
    /// use futures_util::StreamExt;
    /// use klamm_core::{Message, Start};
    /// use klamm_stream::Consumer;
    /// use klamm_testing::MockCluster;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), klamm_core::Error> {
    /// let cluster = MockCluster::start(1)?;
    /// cluster.create_topic("orders", 1)?;
    /// cluster.seed("orders", 1, 100, 20)?;
    ///
    /// let config = klamm_core::Config::new().bootstrap_servers(cluster.bootstrap_servers());
    /// let consumer = Consumer::builder(config).assign("orders", Start::Tail(10))?;
    /// let first = consumer.recv().await?;
    /// assert_eq!(first.offset(), 90);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Builder::subscribe`]; [`ErrorKind::Config`](klamm_core::ErrorKind::Config) if `start` is
    /// [`Start::Committed`] and there is no `group.id`.
    pub fn assign(self, topic: &str, start: Start) -> Result<Consumer, Error> {
        self.start_at([start])?.start(Vec::new(), Some(Wanted::Topic { topic: topic.into(), start }))
    }

    /// Starts the consumer with these partitions, and joins no group; otherwise as [`Builder::assign`].
    ///
    /// An entry without an offset begins as [`Start::Committed`]; with a group that is where it has committed to, and
    /// without one it is refused.
    ///
    /// # Errors
    ///
    /// As [`Builder::assign`].
    pub fn assign_partitions<P: Into<PartitionOffset>>(
        self,
        partitions: impl IntoIterator<Item = P>,
    ) -> Result<Consumer, Error> {
        let list: TopicPartitionList = partitions.into_iter().collect();
        let starts = list.iter().map(|entry| match entry.offset {
            Offset::Unset => Start::Committed,
            Offset::At(position) => Start::Offset(position.offset()),
            Offset::From(start) => start,
        });
        self.start_at(starts)?.start(Vec::new(), Some(Wanted::Partitions(list)))
    }

    /// Looks whether partitions can begin there.
    fn start_at(self, starts: impl IntoIterator<Item = Start>) -> Result<Self, Error> {
        if !has_group(&self.config) && starts.into_iter().any(|start| start == Start::Committed) {
            let reason = "a partition can begin where its group has committed to only if there is a group";
            return Err(ConfigError::Missing { key: "group.id", reason }.into());
        }
        Ok(self)
    }

    fn start(self, topics: Vec<String>, wanted: Option<Wanted>) -> Result<Consumer, Error> {
        let has_group = has_group(&self.config);
        let mut config = defaults::fill(self.config.force(CONSUMER_FORCED)?);
        if !has_group {
            // Without a name librdkafka assigns nothing; with one, and no subscription, it joins nothing.
            config = config.group_id(defaults::NO_GROUP);
        }
        let tokens = Refreshing::new(&config, self.tokens)?;
        let client = Client::consumer(&config)?;
        let longest = defaults::hold_deadline(&config);
        let hold_limit = self.hold_deadline.map_or(longest, |deadline| deadline.min(longest));
        let queue = EventQueue::of_consumer(&client)?;
        let requests = Requests::new(queue.interrupt());
        if wanted.is_none() {
            let names: Vec<&str> = topics.iter().map(String::as_str).collect();
            client.subscribe(&names)?;
        }
        let orders = Orders {
            poll_within: (defaults::max_poll_interval(&config) / 3).max(defaults::SHORTEST_POLL),
            stall_after: self.stall_after.unwrap_or_else(|| defaults::max_poll_interval(&config)),
            wanted,
            tokens,
        };
        let reset = defaults::reset(&config);
        let limits = Limits { hold: hold_limit, request: self.request_timeout };
        let shared = Arc::new(Shared::new(client, requests, limits, topics, has_group, reset));
        control::spawn(Arc::clone(&shared), queue, orders)?;
        Ok(Consumer::new(shared))
    }
}

fn has_group(config: &Config) -> bool {
    config.get("group.id").is_some_and(|group| !group.is_empty())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}
