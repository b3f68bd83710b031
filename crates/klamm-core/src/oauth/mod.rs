//! Tokens for SASL/OAUTHBEARER, made by a future of the application's.
//!
//! librdkafka asks for a token before it first connects, and again when four fifths of a token's lifetime are over
//! (`rd_kafka_oauthbearer_set_token` in 2.12.1). A [`TokenProvider`] answers: it is asked on the client's control thread
//! whether or not anybody reads or sends, and what it returns is a future, so that fetching a token may take its time.
//!
//! OAUTHBEARER is part of librdkafka if it is built with OpenSSL: the features `ssl` and `ssl-vendored`.

mod provider;
mod token;

mod attempt;
mod refreshing;
mod settings;

pub use provider::{BoxTokenProvider, TokenProvider};
pub use refreshing::Refreshing;
pub use token::{OauthToken, TokenError};

pub(crate) use settings::is_made_unsecured;
