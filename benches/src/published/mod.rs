//! The area of what Parallel Consumer, which does the same on the JVM, has published of itself.
//!
//! Its readme has 10,000 messages of one partition, handlers that sleep up to 5 ms on 16 threads, and the seconds for each order.
//! Here handlers sleep on 16 threads too, for whole milliseconds from 0 to 4 as in its own load test. The messages have been
//! fetched, and the clock runs until the last is handled. The machines are not the same: where handlers sleep that matters little.
//!
//! A report to it has the opposite: a handler that does next to nothing, with which it is thirty times slower than a plain consumer. Here
//! the plain consumer is the `rdkafka` crate's, with its commits by hand.

mod area;
mod case;
mod figures;

pub use area::AREA;
pub use case::{Published, Scene, THREADS};
