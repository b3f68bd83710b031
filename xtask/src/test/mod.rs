//! `cargo xtask test`: every test there is, in suites that can be run alone.

mod command;

mod asan;
mod suite;
mod tally;

pub(crate) use command::{Args, run};
