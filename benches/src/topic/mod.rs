//! A topic on a mock cluster of its own, filled before anyone reads.

mod content;
mod filled;
mod settings;

pub use content::Content;
pub use filled::Topic;
pub(crate) use settings::complete;
