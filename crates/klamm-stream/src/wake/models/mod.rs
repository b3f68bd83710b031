//! Every interleaving of callbacks and readers, by loom: `cargo xtask test --only loom`.
//!
//! A wake-up that is lost leaves a reader parked for ever, which loom reports as a deadlock.

mod hand_over;
mod merged;
mod owned;
mod queue;
