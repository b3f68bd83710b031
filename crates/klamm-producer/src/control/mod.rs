//! The thread of a producer that reads the delivery reports.

mod flushing;
mod reports;
mod thread;

pub(crate) use thread::spawn;
