//! Taking messages from a partition's queue, and giving them back.

use std::{sync::atomic::Ordering, time::Duration};

use klamm_core::{
    Error, ErrorCode, ErrorKind, PartitionOffset, Position, Start,
    native::{BATCH_MESSAGES, Batch, Client, PartitionQueue},
};

use super::{
    Hand, Partition, Phase,
    damage::Damage,
    reached::Standing,
    seek::{SEEK_WITHIN, seek_begun},
};
use crate::wake::Hub;

/// A partition's queue, and how far it was read.
pub(crate) struct Taking {
    /// Gone when the assignment is over.
    pub(super) queue: Option<PartitionQueue>,
    /// The offset of the last message taken since the partition was assigned or sought, or -1.
    pub(super) last: i64,
    /// The offset that it was sought to, or -1. Nothing is filtered by it: beyond the log's end librdkafka goes elsewhere.
    pub(super) sought: i64,
    /// Messages up to `last` may come a second time, and are to be dropped: librdkafka fetches again what a rebalance or a
    /// seek met half-way. Without such a cause a lower offset means that the log itself was truncated.
    may_repeat: bool,
    /// A rebalance is not answered yet. A partition that starts meanwhile is set back to its beginning by the answer, so that
    /// what is taken of it until then may come again.
    is_rebalancing: bool,
    /// Where librdkafka stands is not to be believed, and nothing more is taken until its position is set.
    is_astray: bool,
    /// The offset of an error that was taken last, if it was. librdkafka counts it as a message and means to go on after it
    /// (`rd_kafka_q_serve_rkmessages`; issue 4844, fixed in 2.13.2). The next message taken mends that.
    error_at: Option<i64>,
    /// The batch that cannot be read, while its end is looked for.
    damage: Option<Damage>,
    /// Whether librdkafka's own position is to be believed.
    pub(super) standing: Standing,
}

impl Taking {
    /// Begins with a queue. What librdkafka still says of an earlier assignment of the partition is `left` from that.
    pub(super) fn new(queue: PartitionQueue, left: Option<Position>) -> Self {
        Self {
            queue: Some(queue),
            last: -1,
            sought: -1,
            may_repeat: false,
            is_rebalancing: false,
            is_astray: false,
            error_at: None,
            damage: None,
            standing: if left.is_some() { Standing::InDoubt } else { Standing::Sure },
        }
    }

    /// Takes a batch and leaves out what was taken before. Returns whether the log has gone back.
    fn take(&mut self, partition: &Partition, batch: &mut Batch) -> bool {
        loop {
            let Some(queue) = self.queue.as_mut().filter(|_| !self.is_astray) else { return false };
            if queue.take(batch, partition.epoch) == 0 {
                return false;
            }
            if self.is_for_nobody(partition, batch) {
                batch.clear();
                return false;
            }
            // The offsets of a batch rise.
            let has_gone_back = match batch.first_offset() {
                Some(first) if first <= self.last => {
                    if self.may_repeat {
                        batch.discard_through(self.last);
                    }
                    !self.may_repeat
                }
                _ => false,
            };
            if has_gone_back {
                self.standing = Standing::InDoubt;
            }
            if let Some(offset) = batch.last_offset() {
                self.last = offset;
                self.may_repeat = self.is_rebalancing;
            }
            if !batch.is_empty() {
                return has_gone_back;
            }
        }
    }

    /// Ends a batch at the error of a damaged one, behind which librdkafka may have gone anywhere, and while the end of such
    /// a one is looked for, at any error. Tells whether the batch only answers where that end is.
    fn is_for_nobody(&mut self, partition: &Partition, batch: &mut Batch) -> bool {
        let is_searching = self.damage.is_some();
        let first = batch.first_offset();
        let error = batch.end_at_error(|code| is_searching || Damage::is_told_by(code));
        self.error_at = batch.trailing_error();
        if is_searching || self.error_at.is_some() {
            self.standing = Standing::InDoubt;
        }
        if error.is_some() {
            self.is_astray = true;
            partition.has_gone_astray.store(true, Ordering::Release);
        }
        let Some(mut damage) = self.damage.take() else {
            if let Some((code, offset)) = error {
                let last = batch.last_offset().map_or(self.last, |last| last.max(self.last));
                self.damage = Damage::begin(code, offset, self.sought.max(last + 1));
            }
            return false;
        };
        let is_other = error.is_some_and(|(code, _)| first.is_none() && !Damage::is_told_by(code));
        if is_other || damage.answer(first, error) {
            // The next damaged batch may have come right behind this one.
            if let Some((code, offset)) = error {
                self.damage =
                    Damage::begin(code, offset, batch.last_offset().map_or(offset, |last| last + 1));
            }
            return false;
        }
        self.damage = Some(damage);
        self.is_astray = true;
        partition.has_gone_astray.store(true, Ordering::Release);
        true
    }

    fn is_drained(&self) -> bool {
        self.queue.as_ref().is_none_or(PartitionQueue::is_empty)
    }

    /// Returns where librdkafka is to go on, if that is known.
    fn next_position(&mut self, end: Option<i64>) -> Option<Position> {
        if let Some(damage) = &mut self.damage {
            return Some(Position::at(damage.next(end)));
        }
        match (self.last, self.error_at) {
            (-1, _) if self.sought >= 0 => Some(Position::at(self.sought)),
            (-1, None | Some(..0)) => None,
            (-1, Some(offset)) => Some(Position::at(offset)),
            (last, _) => Some(Position::after(last, None)),
        }
    }
}

impl Partition {
    /// Fills `batch` if there is something to deliver, and puts it into the reader's hand.
    ///
    /// It never waits: a partition that another reader or the control thread is at is raised again by them.
    pub(crate) fn take(&self, hub: &Hub, batch: &mut Batch, hand: &Hand) -> bool {
        if !self.slot.claim() {
            return false;
        }
        let has_more = self.fill(batch, hand);
        hub.release(self.epoch.slot(), &self.slot, has_more.unwrap_or(false));
        has_more.is_some()
    }

    /// Fills `batch` if there is something to deliver, and returns whether there may be more.
    fn fill(&self, batch: &mut Batch, hand: &Hand) -> Option<bool> {
        if self.take_returned(batch, hand) {
            return Some(true);
        }
        let mut taking = self.taking.try_lock()?;
        if !self.delivers() {
            return None;
        }
        if taking.take(self, batch) {
            // What was committed may be beyond the log's end now, and librdkafka still means to go on from there.
            self.committed.store(-1, Ordering::Release);
            self.has_gone_astray.store(true, Ordering::Release);
        }
        if batch.is_empty() {
            return None;
        }
        let mut handed = self.handed();
        // Whoever stops delivery says so first, and then looks under this lock at what is handed out: what is not, the
        // position must not pass.
        if !self.is_open() {
            drop(handed);
            batch.clear();
            return None;
        }
        handed.hand_out(hand, batch);
        handed.taken_through(taking.last);
        if self.is_paused() {
            // The reader gives it back when it sees that.
            hand.pause(true);
        }
        drop(handed);
        // A look at the length, after the slot was claimed, is as good as a look that finds nothing: what comes later calls.
        Some(batch.len() == BATCH_MESSAGES || !taking.is_drained())
    }

    /// Takes what was given back first, which goes before what is still in librdkafka.
    fn take_returned(&self, batch: &mut Batch, hand: &Hand) -> bool {
        let mut handed = self.handed();
        if !self.delivers() {
            return false;
        }
        let Some(returned) = handed.take_returned() else { return false };
        handed.hand_out(hand, &returned);
        drop(handed);
        self.keep_spare(std::mem::replace(batch, returned));
        true
    }

    /// Tells once that librdkafka's position must be set: after an error, or since the log has gone back.
    pub(crate) fn take_gone_astray(&self) -> bool {
        self.has_gone_astray.load(Ordering::Relaxed) && self.has_gone_astray.swap(false, Ordering::AcqRel)
    }

    /// Forgets the batch that a reader has finished.
    pub(crate) fn finish(&self, hand: &Hand) {
        self.handed().finish(hand);
    }

    /// Takes back what a reader was not able to deliver, if it is still to be delivered.
    ///
    /// It goes before what is still in librdkafka, so that it is delivered in order.
    pub(crate) fn give_back(&self, hub: &Hub, batch: Batch, hand: &Hand) {
        {
            let mut handed = self.handed();
            if !handed.finish(hand) || batch.is_empty() {
                // Freed outside of the lock.
                drop(handed);
                drop(batch);
                return;
            }
            handed.put_back(batch);
        }
        hub.raise(self.epoch.slot(), &self.slot);
    }

    /// Returns an empty batch, one that was used before if there is one.
    pub(crate) fn spare(&self, client: &Client) -> Batch {
        let spare = self.spare.lock().take();
        spare.unwrap_or_else(|| Batch::new(client))
    }

    fn keep_spare(&self, mut batch: Batch) {
        batch.clear();
        *self.spare.lock() = Some(batch);
    }

    /// Frees what a rebalance has outdated in librdkafka's queue, which otherwise keeps its memory until it is taken, and
    /// sets librdkafka's position if an error has moved it: the rebalance's answer makes it go on from there.
    ///
    /// Not as soon as there is an error: a seek ends the pause that librdkafka makes after one (`fetch.error.backoff.ms`)
    /// and has it say once more what it says once, so that an error that lasts would come with every fetch.
    pub(crate) fn drain_outdated(&self, hub: &Hub, client: &Client) -> Result<(), Error> {
        self.with_taking(hub, |taking| {
            taking.may_repeat = true;
            taking.is_rebalancing = true;
            loop {
                let mut batch = Batch::new(client);
                taking.take(self, &mut batch);
                if batch.is_empty() {
                    break;
                }
                // It was not outdated after all, and is to be delivered.
                let mut handed = self.handed();
                handed.put_back(batch);
                handed.taken_through(taking.last);
                drop(handed);
            }
            if taking.error_at.is_none() || taking.is_astray || taking.damage.is_some() {
                return Ok(());
            }
            let position = taking.next_position(None);
            taking.error_at = None;
            let entry = position.map(|position| PartitionOffset::at(self.name.clone(), position));
            entry.map_or(Ok(()), |entry| client.seek(&[entry], Duration::ZERO))
        })
    }

    /// Says that the rebalance is answered: what is fetched from here on comes at most once more.
    pub(crate) fn rebalanced(&self, hub: &Hub) {
        self.with_taking(hub, |taking| taking.is_rebalancing = false);
    }

    /// Sets where the partition is read next, and outdates what was taken and not delivered.
    ///
    /// A partition that was suspended for it stays so if this fails: better that it stands than that messages are lost.
    pub(crate) fn seek(&self, hub: &Hub, client: &Client, to: Start) -> Result<(), Error> {
        self.with_taking(hub, |taking| {
            let entry = PartitionOffset::from_start(self.name.clone(), to);
            if let Err(error) = seek_begun(client, &entry) {
                // It may still happen, or have outdated what is fetched: back to where the partition was.
                (taking.is_astray, taking.may_repeat) = (true, true);
                self.has_gone_astray.store(true, Ordering::Release);
                return Err(error);
            }
            let next = if let Start::Offset(offset) = to { Some(offset) } else { None };
            let left = {
                let mut handed = self.handed();
                let left = handed.outdate();
                handed.set_next(next);
                left
            };
            drop(left);
            (taking.last, taking.sought) = (-1, next.unwrap_or(-1));
            taking.may_repeat = false;
            (taking.is_astray, taking.error_at, taking.damage) = (false, None, None);
            taking.standing = Standing::Sure;
            self.unsuspend();
            Ok(())
        })
    }

    /// Puts librdkafka's position right after the error of a damaged batch, in front of which it stays, or after the log has
    /// gone back. Tells whether that is to be done again after a while, since the end of such a batch is looked for.
    pub(crate) fn repair(&self, hub: &Hub, client: &Client) -> Result<bool, Error> {
        self.with_taking(hub, |taking| {
            let Some(queue) = &taking.queue else { return Ok(false) };
            let mut end = None;
            if let Some(damage) = &taking.damage {
                end = client.cached_watermarks(&self.name).map(|log| log.high);
                // A reader has still to look at what came, or nothing can come.
                if !taking.is_astray && (!queue.is_empty() || damage.is_last(end)) {
                    return Ok(true);
                }
            }
            taking.is_astray = false;
            let Some(position) = taking.next_position(end) else { return Ok(false) };
            taking.may_repeat = true;
            let entry = [PartitionOffset::at(self.name.clone(), position)];
            if taking.damage.is_none() {
                return client.seek(&entry, Duration::ZERO).map(|()| false);
            }
            match client.seek(&entry, SEEK_WITHIN) {
                Err(error) if error.code() == Some(ErrorCode::STATE) && self.phase() == Phase::Active => {
                    taking.damage = None;
                    // Its own word on that may have been among what is not believed.
                    let reason =
                        "librdkafka went to an offset out of a damaged batch, and has stopped".to_owned();
                    let (partition, offset) = (self.name.clone(), position.offset());
                    let code = ErrorCode::AUTO_OFFSET_RESET;
                    Err(Error::from(ErrorKind::Partition { partition, offset, code, reason }))
                }
                _ => Ok(true),
            }
        })
    }

    /// Tells whether the log begins with a damaged batch whose end is looked for. Who is sent to the log's beginning meets the
    /// same error as who looks inside of it.
    pub(crate) fn is_damaged_at_start(&self, hub: &Hub, client: &Client) -> bool {
        let log = client.cached_watermarks(&self.name);
        let begins_by = |damage: &Damage| log.is_none_or(|log| damage.begins_by(log.low));
        self.with_taking(hub, |taking| taking.damage.as_ref().is_some_and(begins_by))
    }

    /// Frees everything that is left in the queue, and gives the queue up. To be called when the partition is no longer
    /// assigned.
    pub(crate) fn give_up(&self, client: &Client) {
        let mut taking = self.taking();
        let Some(mut queue) = taking.queue.take() else { return };
        let mut batch = Batch::new(client);
        while queue.take(&mut batch, self.epoch) > 0 {
            batch.clear();
        }
    }

    /// Returns how many messages wait in librdkafka, or nothing while the queue is being looked into.
    pub(crate) fn buffered(&self, hub: &Hub) -> Option<usize> {
        let taking = self.taking.try_lock()?;
        let count = taking.queue.as_ref().map_or(0, PartitionQueue::len);
        drop(taking);
        hub.raise(self.epoch.slot(), &self.slot);
        Some(count)
    }

    /// Tells whether there is something that a reader has taken and not delivered, or that none has looked at.
    pub(crate) fn has_backlog(&self, hub: &Hub) -> bool {
        // A slot that is not ready was looked at, or is being looked at.
        self.handed().has_undelivered()
            || self.slot.is_ready() && self.buffered(hub).is_some_and(|count| count > 0)
    }

    /// Says that there may be something to take, also to a reader that has looked before the partition was in its place.
    pub(crate) fn announce(&self, hub: &Hub) {
        hub.raise(self.epoch.slot(), &self.slot);
        hub.enqueue(self.epoch.slot(), &self.slot);
    }

    /// Looks into the queue, waiting for whoever is at it. A reader that came meanwhile went away: the slot is raised.
    fn with_taking<R>(&self, hub: &Hub, look: impl FnOnce(&mut Taking) -> R) -> R {
        let result = look(&mut self.taking());
        hub.raise(self.epoch.slot(), &self.slot);
        result
    }
}
