//! How a record that librdkafka has comes to its end.

use std::sync::Arc;

use klamm_core::native::Awaited;

use super::{Delivered, DeliveryError};
use crate::producer::Returns;

/// What became of a record.
pub(crate) type Outcome = Result<Delivered, DeliveryError>;

/// A record that librdkafka has: its outcome, to come.
pub(crate) type Sent = Awaited<Outcome, Arc<Returns>>;
