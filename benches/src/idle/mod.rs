//! The area of a consumer that has 1,000 partitions and nothing to read.
//!
//! The cluster is in a process of its own. A thread waits for a message of the consumer's, and whatever the start has set off is
//! over. Then ten seconds pass, in which the switches and the time of all threads are counted but those of librdkafka, which go on
//! fetching, and of the one that measures. A consumer that waits as it should has neither.

mod area;
mod case;

pub use area::AREA;
pub use case::{Scene, Watch};
