//! A member in a process of its own, which can be killed, and its history up to then.

mod process;
mod words;

pub(crate) use process::Process;
