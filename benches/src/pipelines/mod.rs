//! The area of pipelines: what a message costs from the local queue to its commit, with a handler that does nothing.
//!
//! The messages wait as in [`streams`](crate::streams). Every client hands each of them to a handler that looks at the length
//! of its payload, counts what is done without a gap, and commits it once 1,000 messages are done; what comes while a commit
//! is under way goes into the next. What the thread that runs the pipeline does is measured, until the last message is
//! done; then the client proves that its commits are taken.
//!
//! [`STEADY`] is the same without commits: what they allocate would hide a message's own allocations, which must be none.
//!
//! * `raw` has no handlers at once, so that there is no gap to look for: it notes the last offset of each batch. It is the
//!   floor of every schedule;
//! * `rdkafka` stores each message's offset and commits the stored ones, after every 1,000 messages;
//! * `tree` is what is written by hand over Klamm's stream: a mutex and an ordered set of offsets for each partition, and
//!   `buffer_unordered` where several handlers run at once.

mod area;
mod case;
mod steady;

pub use area::AREA;
pub use case::{AT_ONCE, COMMIT_EVERY, Handling, KEYS_AT_ONCE, Scene, Schedule};
pub use steady::STEADY;
