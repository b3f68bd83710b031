//! From settings to a running producer.

use std::{fmt, sync::Arc};

use klamm_core::{
    Config, ConfigError, Error, TokenProvider,
    config::PRODUCER_FORCED,
    native::{Partitioner, RawProducer},
    oauth::{BoxTokenProvider, Refreshing},
};

use super::{Producer, Returns, Shared};
use crate::{DeliveryError, control, unclaimed::Hook};

/// From settings to a running producer.
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    config: Config,
    tokens: Option<BoxTokenProvider>,
    partitioner: Option<Partitioner>,
    on_undelivered: Option<Hook>,
}

impl Builder {
    pub(super) fn new(config: Config) -> Self {
        Self { config, tokens: None, partitioner: None, on_undelivered: None }
    }

    /// Sets who makes the client's tokens for SASL/OAUTHBEARER: a closure from the value of `sasl.oauthbearer.config` to
    /// a future of the token, or any other [`TokenProvider`].
    ///
    /// It is asked as soon as the producer starts, and again when a token nears its end, whether or not anybody sends.
    /// The future is polled on the control thread and must not block; what needs a runtime is spawned on one
    /// ([`TokenProvider`] says more):
    ///
    /// ```
    /// use std::error::Error;
    /// use klamm_core::{Config, OauthToken};
    /// use klamm_producer::Producer;
    ///
    /// # async fn fetch() -> Result<OauthToken, Box<dyn Error + Send + Sync>> { Err("no token service".into()) }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), klamm_core::Error> {
    /// let config = Config::new().bootstrap_servers("localhost:9092");
    /// let config = config.set("security.protocol", "sasl_ssl").set("sasl.mechanisms", "OAUTHBEARER");
    /// let runtime = tokio::runtime::Handle::current();
    /// let builder = Producer::builder(config).token_provider(move |_: String| {
    ///     let fetched = runtime.spawn(fetch());
    ///     async { fetched.await? }
    /// });
    /// let producer = builder.start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_provider(mut self, provider: impl TokenProvider) -> Self {
        self.tokens = Some(BoxTokenProvider::new(provider));
        self
    }

    /// Has a closure choose each record's partition, from its key and from how many partitions its topic has: a number from
    /// 0 up to that. It is asked for every record that names no partition, those without a key included; librdkafka's own
    /// ways are chosen with [`Config::partitioner`].
    ///
    /// It runs inside librdkafka's locks, on the thread that sends or, for records that were sent before the topic was
    /// known, on librdkafka's own: it computes and returns, and must not call this producer. A number out of range, and a
    /// panic, fail the record with [`UNKNOWN_PARTITION`](klamm_core::ErrorCode::UNKNOWN_PARTITION).
    ///
    /// ```
    /// use klamm_producer::Producer;
    ///
    /// # fn main() -> Result<(), klamm_core::Error> {
    /// # let config = klamm_core::Config::new().bootstrap_servers("localhost:9092");
    /// let by_first_byte = |key: Option<&[u8]>, partitions: i32| match key {
    ///     Some([first, ..]) => i32::from(*first) % partitions,
    ///     _ => 0,
    /// };
    /// let producer = Producer::builder(config).partitioner(by_first_byte).start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn partitioner(mut self, choose: impl Fn(Option<&[u8]>, i32) -> i32 + Send + Sync + 'static) -> Self {
        self.partitioner = Some(Partitioner::new(choose));
        self
    }

    /// Sets what is done with records that were not delivered and whose deliveries were dropped, so that nobody else hears
    /// of them; without it they are logged. They are counted by [`Producer::undelivered`] either way.
    ///
    /// It is called once for each such record, on the control thread or on the one that drops a delivery, with nothing
    /// locked; reports are not read until it returns. It may send records, to another producer or to this one.
    pub fn on_undelivered(mut self, hook: impl Fn(DeliveryError) + Send + Sync + 'static) -> Self {
        self.on_undelivered = Some(Box::new(hook));
        self
    }

    /// Starts the producer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](klamm_core::ErrorKind::Config) names the setting that is unknown, malformed or refused, and why.
    pub fn start(self) -> Result<Producer, Error> {
        let mut config = self.config.force(PRODUCER_FORCED)?;
        if self.partitioner.is_some() {
            config = with_closure(config)?;
        }
        let tokens = Refreshing::new(&config, self.tokens)?;
        let returns = Arc::new(Returns::new(self.on_undelivered));
        let (raw, queue) = RawProducer::start(&config, self.partitioner, returns)?;
        let shared = Arc::new(Shared::new(raw));
        control::spawn(Arc::clone(&shared), queue, tokens)?;
        Ok(Producer::new(shared))
    }
}

/// Puts in what a closure needs that chooses partitions.
///
/// While `sticky.partitioning.linger.ms` is not zero, librdkafka keeps records without a key from it
/// (`rd_kafka_msg_partitioner`).
fn with_closure(config: Config) -> Result<Config, ConfigError> {
    const REASON: &str = "a closure chooses the partitions";
    for (key, fits) in [("partitioner", None), ("sticky.partitioning.linger.ms", Some("0"))] {
        if let Some(value) = config.get(key).filter(|value| Some(*value) != fits) {
            return Err(ConfigError::Refused { key, value: value.to_owned(), reason: REASON });
        }
    }
    Ok(config.set("sticky.partitioning.linger.ms", 0))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}
