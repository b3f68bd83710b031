//! `cargo xtask bench`: one job, done by Klamm and by other clients in the same run.

mod command;

mod callgrind;
mod program;

mod quantity;
mod report;
mod table;
mod verdict;

pub(crate) use command::{Args, run};
