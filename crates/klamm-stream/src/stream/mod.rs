//! The messages of all partitions as one stream.

mod batch;
mod by_partition;
mod cursor;
mod feed;
mod feed_box;
mod merged;
mod partitions;
mod recv;
mod shared;

pub use batch::{MessageBatch, NextBatch};
pub use by_partition::PartitionStream;
pub(crate) use cursor::Cursor;
pub use feed::{Commits, ConsumerFeed};
pub(crate) use feed_box::FeedBox;
pub use merged::MessageStream;
pub use partitions::Partitions;
pub use recv::Recv;
pub use shared::SharedMessageStream;
