//! What becomes of a record.

mod error;
mod future;
mod slot;

pub use error::{Delivered, DeliveryError};
pub use future::Delivery;
pub(crate) use slot::{Left, LeftLine, Outcome, Slot};
