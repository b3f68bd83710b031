//! When to commit, through what, and what the answers mean.

mod answer;
mod commits;
mod transacted;
mod trigger;

pub(crate) use answer::{Answered, Committer};
pub(crate) use commits::Commits;
pub(crate) use transacted::Transacted;
pub(crate) use trigger::Trigger;
