//! The published figures, in seconds.
//!
//! The first two are from the table "Comparative performance of order modes and key spaces" in the readme of
//! confluentinc/parallel-consumer, the last from confluentinc/parallel-consumer#884.

/// 10,000 messages by partition, of which there is one: one after the other.
pub(super) const BY_PARTITION: f64 = 22.221;
/// 10,000 messages, unordered.
pub(super) const UNORDERED: f64 = 2.829;
/// 40,000 messages by key with handlers that do next to nothing: 1,000 messages a second. A plain consumer has read 30,000 to 40,000.
pub(super) const LIGHT: f64 = 40.0;
