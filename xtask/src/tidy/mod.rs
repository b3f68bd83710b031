//! `cargo xtask tidy`: what drifts unless something holds it.
//!
//! Each rule reads the same picture of the tree and names the lines that break it. A new rule is a file in [`rules`]
//! with a test that breaks it on purpose, and a row in its list.

mod command;

mod rules;
mod source;
mod tree;

pub(crate) use command::{Args, run};
