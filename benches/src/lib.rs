//! Side-by-side measurements of Klamm and of other ways to the same messages.
//!
//! An *area* is one job, such as reading what waits in the local queue; its *cases* are sizes of that job, and its
//! *clients* do it. `cargo xtask bench AREA` runs an area's binary; `cargo bench --package benches` times the same
//! clients with criterion.
//!
//! * [`measure`]: what one run of a piece of work costs;
//! * [`area`]: every case by every client, as a command line and a list of rows;
//! * [`topic`]: the messages, on a mock cluster;
//! * [`peers`]: the clients, one folder each;
//! * [`dequeue`]: the area of messages that wait in the local queue;
//! * [`ownership`]: the area of messages that are borrowed, shared and detached;
//! * [`memory`]: the area of what a client leaves behind;
//! * [`streams`]: the area of messages of many partitions, through streams and one by one;
//! * [`live`]: the area of messages that come while two workers read;
//! * [`partitions`]: the area of what a partition takes;
//! * [`idle`]: the area of a consumer that has nothing to do;
//! * [`pipelines`]: the area of messages that are handled and committed;
//! * [`keys`]: the area of messages that are handled by key, of few keys and of many;
//! * [`tracker`]: the area of what keeps account of messages that are done;
//! * [`published`]: the area of what Parallel Consumer has published of itself;
//! * [`producer`]: the area of records that are sent, and of their delivery reports;
//! * [`wake`]: the area of the way from a message's bytes to the task that waits for it.
//!
//! A new area is a module like [`dequeue`], a binary that calls [`Area::main`](area::Area::main), and a line in
//! `xtask/src/bench`.

pub mod area;
pub mod dequeue;
pub mod idle;
pub mod keys;
pub mod live;
pub mod measure;
pub mod memory;
pub mod ownership;
pub mod partitions;
pub mod peers;
pub mod pipelines;
pub mod producer;
pub mod published;
pub mod streams;
pub mod topic;
pub mod tracker;
pub mod wake;
