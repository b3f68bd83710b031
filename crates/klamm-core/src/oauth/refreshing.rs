//! Answering librdkafka's requests for tokens, one at a time.

use std::fmt;

use super::{BoxTokenProvider, attempt::Attempt, settings};
use crate::{
    Config, ConfigError,
    native::{Interrupt, TokenRefresh},
};

/// Answers librdkafka's requests for tokens, on the thread that reads the client's queue.
///
/// [`start`](Self::start) begins to make a token, [`poll`](Self::poll) goes on with it, and is to be called each time
/// that the wait on the queue has ended.
pub struct Refreshing {
    provider: Option<BoxTokenProvider>,
    running: Option<(TokenRefresh, Attempt)>,
}

impl Refreshing {
    /// Takes the provider of a client with these settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Refused`] or [`ConfigError::Missing`] if the client needs tokens and nobody would make them, or if
    /// the provider would never be asked.
    pub fn new(config: &Config, provider: Option<BoxTokenProvider>) -> Result<Self, ConfigError> {
        settings::check(config, provider.is_some())?;
        Ok(Self { provider, running: None })
    }

    /// Begins to make a token. What was begun before is dropped, and this request's answer counts for both.
    ///
    /// `interrupt` ends the wait on the queue that `refresh` came from.
    pub fn start(&mut self, refresh: TokenRefresh, interrupt: Interrupt) {
        if let Some((older, attempt)) = self.running.take() {
            drop(attempt);
            older.leave_to(&refresh);
        }
        let Some(provider) = &self.provider else {
            // Refused by `new`, unless librdkafka has found a reason of its own to ask.
            return refresh.answer(Err("there is no token provider"));
        };
        let making = provider.make(refresh.config().to_owned());
        self.running = Some((refresh, Attempt::new(making, interrupt)));
        self.poll();
    }

    /// Goes on with the token that is being made, if there is one and it was woken. It does not wait.
    pub fn poll(&mut self) {
        let Some((_, attempt)) = &mut self.running else { return };
        if let Some(ended) = attempt.poll() {
            if let Some((refresh, _)) = self.running.take() {
                refresh.answer(ended);
            }
        }
    }
}

impl fmt::Debug for Refreshing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshing")
            .field("has_provider", &self.provider.is_some())
            .field("is_running", &self.running.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future,
        sync::{Arc, Mutex, Weak},
        task::Poll,
        time::{Duration, SystemTime},
    };

    use super::*;
    use crate::{
        OauthToken,
        native::{Client, EventQueue},
    };

    #[test]
    fn a_newer_request_replaces_the_older() {
        let config = Config::new().set("security.protocol", "sasl_ssl").set("sasl.mechanisms", "OAUTHBEARER");
        // What each future shares with the test; that of the first request never ends.
        let begun = Arc::new(Mutex::new(Vec::new()));
        let provider = {
            let begun = Arc::clone(&begun);
            move |_: String| {
                let alive = Arc::new(());
                let mut begun = begun.lock().unwrap();
                begun.push(Arc::downgrade(&alive));
                let ends = begun.len() > 1;
                future::poll_fn(move |_| {
                    let _ = &alive;
                    let expires = SystemTime::now() + Duration::from_secs(60);
                    if ends { Poll::Ready(OauthToken::new("s3cr3t", expires)) } else { Poll::Pending }
                })
            }
        };
        let mut tokens = Refreshing::new(&config, Some(BoxTokenProvider::new(provider))).unwrap();
        let client = Client::producer(&Config::new()).unwrap();
        let queue = EventQueue::main(&client);
        let mut alive_after = || {
            tokens.start(TokenRefresh::by_hand(&client), queue.interrupt());
            let alive = begun.lock().unwrap().iter().map(Weak::strong_count).collect::<Vec<_>>();
            (alive, tokens.running.is_some())
        };
        assert_eq!(alive_after(), (vec![1], true));
        assert_eq!(alive_after(), (vec![0, 0], false));
    }
}
