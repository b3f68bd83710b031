//! When to commit, and what the answers mean.

mod answer;
mod trigger;

pub(crate) use answer::{Answered, Committer};
pub(crate) use trigger::Trigger;
