//! A request for a token, and its answer.

use std::{
    ffi::{CStr, CString, c_char, c_int},
    fmt, ptr,
    time::{SystemTime, UNIX_EPOCH},
};

use super::client::Client;
use super::code::check;
use super::event::NativeEvent;
use super::ledger::{
    rd_kafka_event_config_string, rd_kafka_oauthbearer_set_token, rd_kafka_oauthbearer_set_token_failure,
};
use super::text::copied;
use crate::{Error, OauthToken};

/// A request for a token, which must be answered: librdkafka asks again only after an answer.
///
/// Dropping it without one reports a failure.
pub struct TokenRefresh {
    client: Client,
    config: String,
    is_answered: bool,
}

impl TokenRefresh {
    /// Reads the request in an event of `client`, which must be a request for a token.
    pub(super) fn of(event: &NativeEvent, client: &Client) -> Self {
        // SAFETY: the event is live.
        let config = unsafe { rd_kafka_event_config_string(event.as_ptr()) };
        // SAFETY: null, or a string that belongs to the event (N9).
        let config = unsafe { copied(config) };
        Self { client: client.clone(), config, is_answered: false }
    }

    /// Makes a request that librdkafka has not made.
    #[cfg(test)]
    pub(crate) fn by_hand(client: &Client) -> Self {
        Self { client: client.clone(), config: String::new(), is_answered: false }
    }

    /// Returns the value of `sasl.oauthbearer.config`, or the empty string.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Gives librdkafka the token (`rd_kafka_oauthbearer_set_token`), or the reason why there is none
    /// (`rd_kafka_oauthbearer_set_token_failure`): it then reports that as an error of the client, unless it has
    /// just reported the same, and asks again after ten seconds.
    ///
    /// A token that has expired meanwhile is such a reason.
    pub fn answer<E: fmt::Display>(mut self, answer: Result<OauthToken, E>) {
        self.is_answered = true;
        let reason = match answer {
            Ok(token) if token.has_expired(SystemTime::now()) => "the token has expired".to_owned(),
            Ok(token) => match self.set(&token) {
                Ok(()) => return,
                Err(error) => error.to_string(),
            },
            Err(reason) => reason.to_string(),
        };
        self.fail(&reason);
    }

    /// Leaves the answer to a newer request of the same client.
    pub(crate) fn leave_to(mut self, newer: &Self) {
        self.is_answered = self.client.is(&newer.client);
    }

    fn set(&self, token: &OauthToken) -> Result<(), Error> {
        let millis = token.expires().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        // librdkafka turns milliseconds into microseconds in 64 bits.
        let expires = i64::try_from(millis).unwrap_or(i64::MAX).min(i64::MAX / 1_000);
        let mut extensions: Vec<*const c_char> =
            token.extensions().flat_map(|(name, value)| [name, value].map(CStr::as_ptr)).collect();
        // SAFETY: the handle is live (N1); all strings end with NUL and are copied, and there are as many of them as is
        // said. No reason is asked for: librdkafka's would repeat what it refuses, and it does not write to a buffer of
        // length 0.
        let code = unsafe {
            rd_kafka_oauthbearer_set_token(
                self.client.as_ptr(),
                token.value().as_ptr(),
                expires,
                token.principal_name().as_ptr(),
                extensions.as_mut_ptr(),
                extensions.len(),
                ptr::null_mut(),
                0,
            )
        };
        check("rd_kafka_oauthbearer_set_token", code as c_int)
    }

    fn fail(&self, reason: &str) {
        let reason = if reason.is_empty() { "no reason was given" } else { reason };
        let reason = CString::new(reason.replace('\0', "\u{fffd}")).expect("NUL was replaced");
        // SAFETY: the handle is live (N1); the reason ends with NUL and is copied.
        let code = unsafe { rd_kafka_oauthbearer_set_token_failure(self.client.as_ptr(), reason.as_ptr()) };
        if let Err(error) = check("rd_kafka_oauthbearer_set_token_failure", code as c_int) {
            tracing::error!(target: "klamm", %error, ?reason, "librdkafka would not hear that there is no token");
        }
    }
}

impl Drop for TokenRefresh {
    fn drop(&mut self) {
        if !self.is_answered {
            self.fail("the request for a token was dropped");
        }
    }
}

/// Without the configuration, which may hold a secret.
impl fmt::Debug for TokenRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRefresh").field("client", &self.client).finish_non_exhaustive()
    }
}
