//! The area of the way from a message's bytes to the task that waits for it.
//!
//! The cluster is in a process of its own, and its log has messages in batches of one. librdkafka may have one message ahead, so
//! that it fetches the next a millisecond or so after the last was taken: by then the reader, a task on a tokio runtime with one
//! thread, waits. The time runs from the moment at which librdkafka has received the bytes (the return of `recvmsg`, see
//! `benches/src/measure/received.rs`) until the message is in the task's hands. So the broker, which may take its time, is not in
//! it; librdkafka's parsing is, then the callback, the wake-up of the thread and the look into the queue.
//!
//! `raw` is the floor: a callback that wakes the task, which takes the message out of the queue.

mod area;
mod case;

pub use area::AREA;
pub use case::{Log, Waiting};
