//! What every schedule stands on: messages and events come in, what is done goes to the committer, holds are let go.

mod ending;
mod events;
mod pipeline;
mod windows;

pub(crate) use pipeline::Engine;
