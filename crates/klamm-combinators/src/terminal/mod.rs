//! How a pipeline is run.

mod process;
