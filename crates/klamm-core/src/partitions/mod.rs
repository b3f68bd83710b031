//! Partitions, and lists of them: plain Rust data, converted at the boundary.

mod topic_partition;

mod entry;
mod list;

pub use entry::{Offset, PartitionOffset};
pub use list::TopicPartitionList;
pub use topic_partition::TopicPartition;
