//! `cargo xtask fuzz`: libFuzzer against what reads text and bytes from outside.
//!
//! The targets and the inputs that are kept for them are in `crates/klamm-core/fuzz`, a workspace of its own. A test of
//! klamm-core replays those inputs.

mod command;

mod folder;
mod program;
mod target;

pub(crate) use command::{Args, run};
