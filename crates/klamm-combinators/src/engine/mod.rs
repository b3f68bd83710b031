//! What every schedule stands on: messages and events come in, what is done goes to the committer, holds are let go.

mod by_hand;
mod clock;
mod dates;
mod ending;
mod events;
mod hold;
mod pipeline;
mod run;
mod transaction;
mod windows;

pub(crate) use ending::Ended;
pub(crate) use pipeline::{Engine, Failed, Fate, Held};
