//! Kafka messages, and the safe boundary to librdkafka that everything else in Klamm stands on.
//!
//! The modules are declared in the order of a message's life:
//!
//! 1. [`message`]: what a message is, and who owns its bytes ([`BorrowedMessage`], [`SharedMessage`], [`OwnedMessage`]);
//! 2. [`offset`] and [`partitions`]: where a message stands, where a reader starts and how far it has come;
//! 3. [`config`], [`oauth`] and [`error`]: what goes in, and what can go wrong;
//! 4. [`logs`] and `statistics`: what librdkafka has to say of itself;
//! 5. [`metadata`]: what the cluster says of its brokers and topics;
//! 6. [`contract`]: what a source of messages promises, and what a pipeline over it may rely on;
//! 7. [`native`]: the only room with `unsafe`, librdkafka's handles and queues made safe.
//!
//! This crate starts no thread of its own but the reaper of dropped clients, knows no executor and takes no decision.
//! `klamm-stream` makes a consumer of it, `klamm-producer` a producer, `klamm-combinators` a pipeline.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod message;
pub mod offset;
pub mod partitions;

pub mod config;
pub mod error;
pub mod oauth;

pub mod logs;
#[cfg(feature = "serde")]
pub mod statistics;

pub mod metadata;

pub mod contract;

pub mod native;

pub use config::Config;
pub use error::{ConfigError, Error, ErrorCode, ErrorKind};
pub use message::{BorrowedMessage, Message, OwnedMessage, SharedMessage, Timestamp};
pub use metadata::Metadata;
pub use native::GroupMetadata;
pub use oauth::{OauthToken, TokenProvider};
pub use offset::{Epoch, Position, Start, Watermarks};
pub use partitions::{Offset, PartitionOffset, TopicPartition, TopicPartitionList};
