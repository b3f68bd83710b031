//! What is thrown arbitrary input at. A new target is a file here, a row in the list, and a folder of its name in `corpus`
//! with a few inputs to start from.

mod config;
mod headers;
mod statistics;

mod list;

pub(crate) use list::ALL;
