//! The messages of all partitions as one stream.

mod cursor;
mod feed;
mod feed_box;
mod merged;
mod recv;
mod shared;

pub(crate) use cursor::Cursor;
pub use feed::{Commits, ConsumerFeed};
pub(crate) use feed_box::FeedBox;
pub use merged::MessageStream;
pub use recv::Recv;
pub use shared::SharedMessageStream;
