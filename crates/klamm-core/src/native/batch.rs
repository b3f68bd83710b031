//! The messages of one call, waiting to be lent one by one.

use std::{
    fmt,
    mem::ManuallyDrop,
    ptr::{self, NonNull},
};

use super::client::Client;
use super::ledger::rd_kafka_message_t;
use super::message::RawMessage;
use crate::{
    BorrowedMessage, Epoch, Error, ErrorCode, ErrorKind, SharedMessage, TopicPartition, contract::InHand,
    message::Topic,
};

/// How many messages one call takes at most. Beyond 256 a larger batch gains less than 2 % (`cargo xtask bench dequeue`).
pub const BATCH_MESSAGES: usize = 256;

/// The messages of one call, waiting to be lent one by one; refilled without allocating. Errors may stand among them.
pub struct Batch {
    /// Those from `head` to `filled` are ours to free; the others are stale.
    slots: Box<[*mut rd_kafka_message_t; BATCH_MESSAGES]>,
    head: usize,
    /// Those from `head` to `run` are messages; an error stands behind them, or nothing.
    run: usize,
    filled: usize,
    /// Names the topic of all of them, out of `client`'s table, which only grows.
    topic: NonNull<Topic>,
    epoch: Epoch,
    client: Client,
}

// SAFETY: messages may be freed and read on any thread (N4, N5); the rest is shared data.
unsafe impl Send for Batch {}
// SAFETY: `&Batch` gives no access to the messages but their offsets.
unsafe impl Sync for Batch {}

impl Batch {
    /// Makes an empty batch: the only allocation there will be.
    pub fn new(client: &Client) -> Self {
        Self {
            slots: Box::new([ptr::null_mut(); BATCH_MESSAGES]),
            head: 0,
            run: 0,
            filled: 0,
            topic: NonNull::from(client.topic("")),
            epoch: Epoch::NONE,
            client: client.clone(),
        }
    }

    /// Returns the next message, borrowed from `client`; none if nothing waits, or an error is next.
    ///
    /// [`Lending`] does the same without looking at the client each time.
    ///
    /// # Panics
    ///
    /// If `client` is not the one the batch was made for.
    #[inline]
    pub fn next_message<'c>(&mut self, client: &'c Client) -> Option<BorrowedMessage<'c>> {
        assert!(self.is_of(client), "the batch is another client's");
        // SAFETY: it is this client's batch, and the client is borrowed for `'c`.
        unsafe { self.lend() }
    }

    /// Returns the next message as one that keeps the client alive; none if nothing waits, or an error is next.
    #[inline]
    pub fn next_shared(&mut self) -> Option<SharedMessage> {
        let raw = self.pop_message()?;
        Some(SharedMessage::new(raw, self.client.clone(), self.topic().index(), self.epoch))
    }

    /// Returns the error that stands in the next message's place, if one does.
    pub fn next_error(&mut self) -> Option<Error> {
        if self.has_message() {
            return None;
        }
        let raw = self.pop()?;
        Some(self.to_error(&raw))
    }

    /// Tells whether a message is next, and not an error.
    #[inline]
    pub fn has_message(&self) -> bool {
        self.head < self.run
    }

    /// Returns how many messages and errors wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.filled - self.head
    }

    /// Tells whether nothing waits, neither a message nor an error.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head == self.filled
    }

    /// Returns the epoch that all waiting messages are of.
    #[inline]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns what the messages have in common that wait before the next error, if it is so.
    ///
    /// Leader epochs never fall along a log, so if the first and the last have the same all have.
    pub fn in_hand(&self) -> Option<InHand> {
        let messages = &self.slots[self.head..self.run];
        let leader_epoch = look(*messages.first()?).leader_epoch();
        let is_common = look(*messages.last()?).leader_epoch() == leader_epoch;
        is_common.then_some(InHand { epoch: self.epoch, leader_epoch })
    }

    /// Returns the offset of the first waiting message, errors left out.
    pub fn first_offset(&self) -> Option<i64> {
        self.waiting().find(|raw| raw.code() == 0).map(|raw| raw.offset())
    }

    /// Returns the offset of the last waiting message, errors left out.
    pub fn last_offset(&self) -> Option<i64> {
        self.waiting().rfind(|raw| raw.code() == 0).map(|raw| raw.offset())
    }

    /// Returns the offset of the error that stands last, if one does.
    pub fn trailing_error(&self) -> Option<i64> {
        self.waiting().next_back().filter(|raw| raw.code() != 0).map(|raw| raw.offset())
    }

    /// Frees the waiting messages up to and including `offset`, and returns how many those were. Errors stay.
    pub fn discard_through(&mut self, offset: i64) -> usize {
        let (waiting, mut kept) = (self.head..self.filled, self.head);
        // Until all are looked at, none counts: should one panic, they leak rather than be freed twice.
        (self.run, self.filled) = (self.head, self.head);
        for index in waiting.clone() {
            let ptr = self.slots[index];
            // SAFETY: it was waiting, so it is ours; the shortened batch does not count it any more.
            let raw = unsafe { RawMessage::take(ptr) };
            if raw.code() != 0 || raw.offset() > offset {
                std::mem::forget(raw);
                self.slots[kept] = ptr;
                kept += 1;
            }
        }
        self.filled = kept;
        self.find_run();
        waiting.end - kept
    }

    /// Frees what waits behind the first error that `is_end` says is one, and returns that error's code and offset.
    pub fn end_at_error(&mut self, is_end: impl Fn(ErrorCode) -> bool) -> Option<(ErrorCode, i64)> {
        if self.run == self.filled {
            return None;
        }
        let code_of = |raw: &RawMessage| ErrorCode::check(raw.code()).filter(|code| is_end(*code));
        let found =
            self.waiting().enumerate().find_map(|(index, raw)| Some((index, code_of(&raw)?, raw.offset())));
        let (index, code, offset) = found?;
        let behind = self.head + index + 1..self.filled;
        self.filled = behind.start;
        for index in behind {
            // SAFETY: it was waiting, so it is ours; the shortened batch does not count it any more.
            drop(unsafe { RawMessage::take(self.slots[index]) });
        }
        Some((code, offset))
    }

    /// Frees all that waits.
    pub fn clear(&mut self) {
        while let Some(raw) = self.pop() {
            drop(raw);
        }
    }

    #[inline]
    pub(super) fn is_of(&self, client: &Client) -> bool {
        self.client.is(client)
    }

    /// Fills the empty batch: `fill` writes messages that become ours to the front of the slots and returns their number.
    pub(super) fn refill(
        &mut self,
        topic: &Topic,
        epoch: Epoch,
        fill: impl FnOnce(&mut [*mut rd_kafka_message_t]) -> usize,
    ) -> usize {
        assert!(self.is_empty(), "a batch is refilled when it is empty");
        (self.head, self.run, self.filled) = (0, 0, 0);
        self.topic = NonNull::from(topic);
        self.epoch = epoch;
        self.filled = fill(&mut self.slots[..]).min(BATCH_MESSAGES);
        if self.has_codes() {
            self.find_run();
        } else {
            self.run = self.filled;
        }
        self.filled
    }

    /// Tells whether an error waits. Asked for each message, so of four at a time.
    fn has_codes(&self) -> bool {
        let code = |ptr: &*mut rd_kafka_message_t| look(*ptr).code();
        let mut groups = self.slots[self.head..self.filled].chunks_exact(4);
        let in_groups = groups
            .by_ref()
            .fold(0, |all, four| all | code(&four[0]) | code(&four[1]) | code(&four[2]) | code(&four[3]));
        groups.remainder().iter().fold(in_groups, |all, ptr| all | code(ptr)) != 0
    }

    /// Finds how many messages wait before the next error.
    #[cold]
    fn find_run(&mut self) {
        let messages = self.waiting().take_while(|raw| raw.code() == 0).count();
        self.run = self.head + messages;
    }

    /// Lends the next message for as long as the caller says.
    ///
    /// # Safety
    ///
    /// * The batch's client is borrowed for `'c`.
    #[inline]
    unsafe fn lend<'c>(&mut self) -> Option<BorrowedMessage<'c>> {
        let raw = self.pop_message()?;
        // SAFETY: the table of topics only grows and lives as long as the client, which is borrowed for `'c`.
        let topic = unsafe { self.topic.as_ref() };
        Some(BorrowedMessage::new(raw, topic, self.epoch))
    }

    fn topic(&self) -> &Topic {
        // SAFETY: the table of topics only grows and lives as long as `self.client`.
        unsafe { self.topic.as_ref() }
    }

    /// Takes out the first item, if it is a message.
    #[inline]
    fn pop_message(&mut self) -> Option<RawMessage> {
        if self.head == self.run {
            return None;
        }
        // SAFETY: `head` is less than `run`, which is never more than `filled`, nor that than the number of slots (`refill`).
        let ptr = unsafe { *self.slots.get_unchecked(self.head) };
        self.head += 1;
        // SAFETY: slots from `head` to `filled` hold messages that are ours (`refill`), none of them null; this one has just
        // left that range, and the client is alive through `self.client` or a borrow of it (N1).
        Some(unsafe { RawMessage::take(ptr) })
    }

    /// Takes out the first item.
    fn pop(&mut self) -> Option<RawMessage> {
        if let Some(raw) = self.pop_message() {
            return Some(raw);
        }
        let ptr = *self.slots[..self.filled].get(self.head)?;
        self.head += 1;
        self.find_run();
        // SAFETY: as in `pop_message`.
        Some(unsafe { RawMessage::take(ptr) })
    }

    /// What waits, to be looked at.
    fn waiting(&self) -> impl DoubleEndedIterator<Item = ManuallyDrop<RawMessage>> + ExactSizeIterator {
        self.slots[self.head..self.filled].iter().map(|ptr| look(*ptr))
    }

    fn to_error(&self, raw: &RawMessage) -> Error {
        Error::from(ErrorKind::Partition {
            partition: TopicPartition::new(self.topic().to_shared(), raw.partition()),
            offset: raw.offset(),
            code: ErrorCode::from_raw(raw.code()),
            reason: raw.reason(),
        })
    }
}

/// Looks at a message that waits in a batch.
#[inline]
fn look(waiting: *mut rd_kafka_message_t) -> ManuallyDrop<RawMessage> {
    // SAFETY: a waiting message is ours and live; it is only looked at, and never dropped here.
    ManuallyDrop::new(unsafe { RawMessage::take(waiting) })
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.clear();
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("epoch", &self.epoch).field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A batch of a client that is borrowed for `'c`, and whose messages are lent for as long.
#[derive(Debug)]
pub struct Lending<'c> {
    /// Always of `client`.
    batch: Batch,
    client: &'c Client,
}

impl<'c> Lending<'c> {
    /// Makes an empty batch.
    pub fn new(client: &'c Client) -> Self {
        Self { batch: Batch::new(client), client }
    }

    /// Returns the next message; none if nothing waits, or an error is next.
    #[inline]
    pub fn next_message(&mut self) -> Option<BorrowedMessage<'c>> {
        // SAFETY: the batch is always of `client`, which is borrowed for `'c`.
        unsafe { self.batch.lend() }
    }

    /// Looks at the batch.
    pub fn get(&self) -> &Batch {
        &self.batch
    }

    /// Changes the batch, or puts another one of the same client in its place.
    ///
    /// # Panics
    ///
    /// If afterwards it is another client's; that one is then dropped, and an empty batch left.
    #[inline]
    pub fn change<R>(&mut self, change: impl FnOnce(&mut Batch) -> R) -> R {
        /// Looks whose batch it is, whether `change` returned or panicked.
        struct Checked<'b, 'c>(&'b mut Lending<'c>);
        impl Drop for Checked<'_, '_> {
            #[inline]
            fn drop(&mut self) {
                if !self.0.batch.is_of(self.0.client) {
                    self.0.batch = Batch::new(self.0.client);
                    assert!(std::thread::panicking(), "the batch is another client's");
                }
            }
        }
        change(&mut Checked(self).0.batch)
    }
}
