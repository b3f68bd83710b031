//! The main job, end to end: `cargo xtask demo`.
//!
//! A topic is filled while a group reads it: a second member joins in the middle and the first leaves cleanly later, with
//! concurrent handlers all the while. Then every message is accounted for.

mod command;

mod cluster;
mod member;
mod story;
mod tally;

mod outcome;
mod progress;

pub(crate) use command::{Args, run};
