//! How far a partition was read, whatever it was that was read.

use klamm_core::{
    Position,
    native::{Client, PartitionQueue},
};

use super::{Partition, Phase};

/// Whether librdkafka's own position is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It lies behind what was taken, and what was taken and is no message.
    Sure,
    /// It may lie further on: after an error, or since the log has gone back, until a seek.
    InDoubt,
}

impl Partition {
    /// Returns where the partition is read on once all that was fetched is delivered: nothing while there is more to deliver,
    /// or where delivery goes on is not known.
    ///
    /// That lies beyond the last message where transaction markers stand behind it: librdkafka moves over them when the queue
    /// is read. It waits for nobody: nothing is known either while the control thread is at the queue.
    pub(crate) fn reached(&self, client: &Client) -> Option<Position> {
        let mut taking = self.taking.try_lock()?;
        if self.phase() == Phase::Closed || self.is_suspended() {
            return None;
        }
        taking.queue.as_ref().filter(|queue| PartitionQueue::is_empty(queue))?;
        let delivered = (taking.last >= 0).then(|| Position::after(taking.last, None));
        let next = delivered.map_or(taking.sought, Position::offset);
        // Else a reader has more, gave some back, or did not get all of it.
        if self.handed().next() != next {
            return None;
        }
        let stands = client.position(&self.name);
        if stands.is_none_or(|stands| stands.offset() <= next.max(0)) {
            // From here on it moves with what is taken.
            taking.standing = Standing::Sure;
        }
        let is_sure = taking.standing == Standing::Sure;
        stands.filter(|stands| is_sure && stands.offset() >= next.max(0)).or(delivered)
    }
}
