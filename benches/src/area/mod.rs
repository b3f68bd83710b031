//! Every case of one job by every client, as a command line and a list of rows.

mod bounds;
mod case;
mod client;
mod command;
mod description;
mod figure;
mod rounds;
mod row;

pub use bounds::{Bound, Quantity};
pub use case::Case;
pub use client::{Client, Meter};
pub use command::Area;
pub use figure::Figure;
pub use row::Row;
