//! Apache Kafka as a test fixture: `cargo xtask kafka`.
//!
//! A cluster is a folder under `target/kafka`, and the processes that carry that folder's path in their command
//! line. The process table is therefore the only record of what runs: no list of pids can be stale, and no foreign
//! process is ever signalled. A cluster belongs to the process that started it; its [`guard`] ends it when that
//! process ends, however that happens. Only `kafka up` lets one go, and `kafka down` ends that one.

mod command;

mod cluster;
mod faults;
mod guard;
mod run;
mod status;
mod up;

mod broker;
mod instance;
mod ready;
mod settings;
mod wire;

mod install;
mod java;

mod lock;
mod places;
mod ports;
mod process;

pub(crate) use cluster::Cluster;
pub(crate) use command::{Args, run};
pub(crate) use instance::Size;
pub(crate) use java::prerequisites;
