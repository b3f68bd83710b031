//! What becomes of a record.

mod error;
mod future;
mod outcome;
mod waiting;

pub use error::{Delivered, DeliveryError};
pub use future::Delivery;
pub(crate) use outcome::{Outcome, Sent};
pub(crate) use waiting::{Found, Leaving, Waiting};
