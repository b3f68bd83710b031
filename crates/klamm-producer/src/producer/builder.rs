//! From settings to a running producer.

use std::{fmt, sync::Arc};

use klamm_core::{
    Config, Error, TokenProvider,
    config::PRODUCER_FORCED,
    native::RawProducer,
    oauth::{BoxTokenProvider, Refreshing},
};

use super::{Producer, Shared};
use crate::control;

/// From settings to a running producer.
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    config: Config,
    tokens: Option<BoxTokenProvider>,
}

impl Builder {
    pub(super) fn new(config: Config) -> Self {
        Self { config, tokens: None }
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

    /// Starts the producer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](klamm_core::ErrorKind::Config) names the setting that is unknown, malformed or refused, and why.
    pub fn start(self) -> Result<Producer, Error> {
        let config = self.config.force(PRODUCER_FORCED)?;
        let tokens = Refreshing::new(&config, self.tokens)?;
        let (raw, queue) = RawProducer::start(&config)?;
        let shared = Arc::new(Shared::new(raw));
        control::spawn(Arc::clone(&shared), queue, tokens)?;
        Ok(Producer::new(shared))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("config", &self.config).finish_non_exhaustive()
    }
}
