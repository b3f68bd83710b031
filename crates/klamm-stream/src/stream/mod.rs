//! The messages of all partitions as one stream.

mod batch;
mod by_partition;
mod cursor;
mod feed;
mod merged;
mod partition_source;
mod partitions;
mod recv;
mod seat;
mod shared;
mod source;

pub use batch::{MessageBatch, NextBatch};
pub use by_partition::PartitionStream;
pub(crate) use cursor::Cursor;
pub use feed::{ConsumerFeed, PipelineFeed, SharedConsumerFeed};
pub use merged::MessageStream;
pub use partition_source::PartitionSource;
pub use partitions::Partitions;
pub use recv::Recv;
pub use shared::SharedMessageStream;
pub use source::Commits;
