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
    BorrowedMessage, Epoch, Error, ErrorCode, ErrorKind, SharedMessage, TopicPartition, message::Topic,
};

/// How many messages one call takes at most. Beyond 256 a larger batch gains less than 2 % (`cargo xtask bench dequeue`).
pub const BATCH_MESSAGES: usize = 256;

/// The messages of one call, waiting to be lent one by one; refilled without allocating.
///
/// It ends at the first error: what librdkafka has fetched behind one may be from anywhere, and is freed.
pub struct Batch {
    /// Those from `head` to `len` are messages, ours to free; the others are stale.
    slots: Box<[*mut rd_kafka_message_t; BATCH_MESSAGES]>,
    head: usize,
    len: usize,
    /// What stands behind the messages.
    error: Option<RawMessage>,
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
            len: 0,
            error: None,
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
        let raw = if self.has_message() { None } else { self.error.take() };
        raw.map(|raw| self.to_error(&raw))
    }

    /// Tells whether a message is next, and not an error.
    #[inline]
    pub fn has_message(&self) -> bool {
        self.head < self.len
    }

    /// Returns how many messages wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.len - self.head
    }

    /// Tells whether nothing waits, neither a message nor an error.
    #[inline]
    pub fn is_empty(&self) -> bool {
        !self.has_message() && self.error.is_none()
    }

    /// Returns the epoch that all waiting messages are of.
    #[inline]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns the offset of the first waiting message.
    pub fn first_offset(&self) -> Option<i64> {
        self.slots[self.head..self.len].first().map(|ptr| self.look(*ptr, RawMessage::offset))
    }

    /// Returns the offset of the last waiting message.
    pub fn last_offset(&self) -> Option<i64> {
        self.slots[self.head..self.len].last().map(|ptr| self.look(*ptr, RawMessage::offset))
    }

    /// Returns the code and the offset of the error behind the messages, if there is one.
    pub fn error(&self) -> Option<(ErrorCode, i64)> {
        self.error.as_ref().map(|raw| (ErrorCode::from_raw(raw.code()), raw.offset()))
    }

    /// Frees the waiting messages up to and including `offset`, whose offsets rise, and returns how many those were.
    pub fn discard_through(&mut self, offset: i64) -> usize {
        let before = self.len();
        while self.first_offset().is_some_and(|first| first <= offset) {
            drop(self.pop_message());
        }
        before - self.len()
    }

    /// Frees all that waits.
    pub fn clear(&mut self) {
        while let Some(raw) = self.pop_message() {
            drop(raw);
        }
        self.error = None;
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
        self.head = 0;
        self.len = 0;
        self.topic = NonNull::from(topic);
        self.epoch = epoch;
        self.len = fill(&mut self.slots[..]).min(BATCH_MESSAGES);
        if self.has_codes() {
            self.end_at_error();
        }
        self.len + usize::from(self.error.is_some())
    }

    /// Tells whether one of the waiting items is an error. Done for each message, so four at a time.
    fn has_codes(&self) -> bool {
        let code = |ptr: &*mut rd_kafka_message_t| self.look(*ptr, RawMessage::code);
        let mut groups = self.slots[self.head..self.len].chunks_exact(4);
        let in_groups = groups
            .by_ref()
            .fold(0, |all, four| all | code(&four[0]) | code(&four[1]) | code(&four[2]) | code(&four[3]));
        groups.remainder().iter().fold(in_groups, |all, ptr| all | code(ptr)) != 0
    }

    /// Takes the first error out, and frees what stands behind it.
    #[cold]
    fn end_at_error(&mut self) {
        let filled = self.len;
        let codes = self.slots[..filled].iter().map(|ptr| self.look(*ptr, RawMessage::code));
        let Some(first) = codes.enumerate().find_map(|(index, code)| (code != 0).then_some(index)) else {
            return;
        };
        self.len = first;
        for index in first..filled {
            // SAFETY: librdkafka gave it to us (`refill`), and the shortened batch does not count it any more.
            let raw = unsafe { RawMessage::take(self.slots[index]) };
            self.error.get_or_insert(raw);
        }
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

    /// Takes out the first message.
    #[inline]
    fn pop_message(&mut self) -> Option<RawMessage> {
        if self.head == self.len {
            return None;
        }
        // SAFETY: `head` is less than `len`, which is never more than the number of slots (`refill`).
        let ptr = unsafe { *self.slots.get_unchecked(self.head) };
        self.head += 1;
        // SAFETY: slots from `head` to `len` hold messages that are ours (`refill`), none of them null; this one has just
        // left that range, and the client is alive through `self.client` or a borrow of it (N1).
        Some(unsafe { RawMessage::take(ptr) })
    }

    /// Looks at a message in a slot from `head` to `len`.
    #[inline]
    fn look<T>(&self, ptr: *mut rd_kafka_message_t, look: impl FnOnce(&RawMessage) -> T) -> T {
        // SAFETY: a waiting message is ours and live; it is only looked at, and never dropped here.
        let raw = ManuallyDrop::new(unsafe { RawMessage::take(ptr) });
        look(&raw)
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
