//! Where tokens come from.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use super::OauthToken;

/// Makes tokens for a client.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use klamm_core::oauth::{OauthToken, TokenError, TokenProvider};
///
/// struct Signer {
///     key: String,
/// }
///
/// impl TokenProvider for Signer {
///     type Error = TokenError;
///
///     async fn token(&self, config: &str) -> Result<OauthToken, TokenError> {
///         let signed = format!("{config}.{}", self.key); // a better one would be awaited
///         OauthToken::new(signed, SystemTime::now() + Duration::from_secs(900))?.principal("billing")
///     }
/// }
/// ```
///
/// A closure from the value of `sasl.oauthbearer.config` to a future is a provider as well.
///
/// # The control thread
///
/// The future is polled on the client's control thread, which also answers the group and reads delivery reports: it must
/// not block, and finds no async runtime there. What needs a runtime is spawned on it, and only its end is awaited; the
/// builders' `token_provider` shows that with tokio.
///
/// librdkafka asks again only after an answer: a future that never ends is never replaced, so what it waits for should
/// have a bound.
///
/// # Cancel safety
///
/// The future is dropped, at whatever point it has reached, when the client is closed or dropped.
///
/// # Errors
///
/// An error is told to librdkafka, which reports it as the client's and asks again ten seconds later; the last token
/// stays in use as long as it is valid. The error's text, with those of its sources, is logged: it should hold no secret.
/// A panic counts as an error.
pub trait TokenProvider: Send + Sync + 'static {
    /// Why there is no token: an error, or the text of one.
    type Error: Into<Box<dyn Error + Send + Sync>>;

    /// Makes a token. `config` is the value of `sasl.oauthbearer.config`, or empty.
    fn token(&self, config: &str) -> impl Future<Output = Result<OauthToken, Self::Error>> + Send;
}

impl<F, Fut, E> TokenProvider for F
where
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<OauthToken, E>> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Error = E;

    fn token(&self, config: &str) -> impl Future<Output = Result<OauthToken, E>> + Send {
        self(config.to_owned())
    }
}

/// A provider of any type. Clones are the same provider.
#[derive(Clone)]
pub struct BoxTokenProvider {
    provider: Arc<dyn Erased>,
}

/// The future of a token; its error is what librdkafka is told.
pub(super) type Making = Pin<Box<dyn Future<Output = Result<OauthToken, String>> + Send>>;

/// A [`TokenProvider`] as an object.
trait Erased: Send + Sync {
    fn make(self: Arc<Self>, config: String) -> Making;
}

impl<P: TokenProvider> Erased for P {
    fn make(self: Arc<Self>, config: String) -> Making {
        Box::pin(async move { self.token(&config).await.map_err(|error| chain(&*error.into())) })
    }
}

impl BoxTokenProvider {
    /// Takes a provider.
    pub fn new(provider: impl TokenProvider) -> Self {
        Self { provider: Arc::new(provider) }
    }

    /// Returns the future of a token, in which nothing has run yet.
    pub(super) fn make(&self, config: String) -> Making {
        Arc::clone(&self.provider).make(config)
    }
}

impl fmt::Debug for BoxTokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxTokenProvider").finish_non_exhaustive()
    }
}

/// Returns an error's text with those of its sources.
fn chain(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |&error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
