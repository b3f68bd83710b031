//! What is heard of a member up to the moment when it is killed.

mod words;

pub(crate) use words::{Listener, tell};
