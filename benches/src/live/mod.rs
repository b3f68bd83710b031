//! The areas of messages that come from the broker while two workers read them: on the mock cluster, and on Kafka.
//!
//! The cluster is in a process of its own, so that the process's time on a processor is the client's: of its workers, its own
//! threads and librdkafka's. The messages are in the broker's log when reading begins, and librdkafka may have no more than a
//! few thousand of them ahead: all others are fetched meanwhile. Two tasks on a tokio runtime with two threads read, each from a
//! stream of its own of the same consumer.

mod area;
mod case;
mod home;

pub use area::{AREA, ON_KAFKA};
pub use case::{Log, Reading};
