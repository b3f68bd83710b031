//! What can go wrong: codes, and the errors that carry them.

mod code;
mod config;
mod wide;

pub use code::ErrorCode;
pub use config::ConfigError;
pub use wide::{Error, ErrorKind};
