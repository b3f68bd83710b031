//! From librdkafka's callback to the hub.

use std::sync::Arc;

use klamm_core::native::QueueListener;

use crate::wake::{Hub, Slot};

/// Raises a partition's slot when its queue turns non-empty.
///
/// It belongs to one assignment: a later one of the same partition has a slot of its own, which this cannot touch.
pub(super) struct Edge {
    pub(super) hub: Arc<Hub>,
    pub(super) index: usize,
    pub(super) slot: Arc<Slot>,
}

impl QueueListener for Edge {
    fn non_empty(&self) {
        self.hub.raise(self.index, &self.slot);
    }
}
