//! A topic on a mock cluster of its own, filled before anyone reads, here or in another process.

mod content;
mod filled;
mod served;
mod settings;
mod writer;

pub use content::Content;
pub use filled::Topic;
pub use served::serve;
pub(crate) use served::{LARGE_BATCHES, Served};
pub(crate) use settings::complete;
pub(crate) use writer::fill;
