//! The area of keys: what a message costs by key when each has another.
//!
//! The messages come from nowhere: a source makes them up as they are asked for, of twelve partitions in turn, so that there can
//! be as many keys as one likes. Every handler waits once, so that its key has a lane for that long. After a warm-up ten million
//! messages with ten million keys cost what a million with a thousand keys do, and neither leaves anything in memory.

mod area;
mod case;
mod source;

pub use area::AREA;
pub use case::Keys;
pub(crate) use source::MadeUp;
