//! A topic on a mock cluster of its own, filled before anyone reads, here or in another process.

mod content;
mod filled;
mod served;
mod settings;
mod writer;

use anyhow::Result;

pub use content::Content;
pub use filled::Topic;
pub use served::serve;
pub(crate) use served::{LARGE_BATCHES, Served};
pub(crate) use settings::complete;

/// Writes a topic's messages, over its partitions in turn, in batches of up to `batch`.
pub(crate) fn write(servers: &str, content: Content, batch: usize) -> Result<()> {
    writer::write(servers, &content.samples(Topic::NAME), content.messages, batch)
}
