//! The messages of one call, waiting to be lent one by one.

use std::{fmt, ptr::NonNull};

use super::client::Client;
use super::ledger::rd_kafka_message_t;
use super::message::RawMessage;
use crate::{
    BorrowedMessage, Epoch, Error, ErrorCode, ErrorKind, SharedMessage, TopicPartition, message::Topic,
};

/// How many messages one call takes at most. Beyond 256 a larger batch gains less than 2 % (`cargo xtask bench dequeue`).
pub const BATCH_MESSAGES: usize = 256;

/// The messages of one call, waiting to be lent one by one; refilled without allocating.
pub struct Batch {
    /// Those from `head` to `len` are ours to free; `len` holds the end, which has a code as an error has; the others are stale.
    slots: Box<[*mut rd_kafka_message_t; BATCH_MESSAGES + 1]>,
    head: usize,
    len: usize,
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
            slots: Box::new([RawMessage::end(); BATCH_MESSAGES + 1]),
            head: 0,
            len: 0,
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
    #[cold]
    pub fn next_error(&mut self) -> Option<Error> {
        let (code, _) = self.waiting().next()?;
        if code == 0 {
            return None;
        }
        let raw = self.pop()?;
        Some(self.error(&raw))
    }

    /// Tells whether a message is next, and not an error.
    pub fn has_message(&self) -> bool {
        self.waiting().next().is_some_and(|(code, _)| code == 0)
    }

    /// Returns how many messages wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.len - self.head
    }

    /// Tells whether no message waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head == self.len
    }

    /// Returns the epoch that all waiting messages are of.
    #[inline]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns the offset of the first waiting message, errors left out.
    pub fn first_offset(&self) -> Option<i64> {
        self.offsets().next()
    }

    /// Returns the offset of the last waiting message, errors left out.
    pub fn last_offset(&self) -> Option<i64> {
        self.offsets().next_back()
    }

    /// Frees the waiting messages up to and including `offset`, and returns how many those were.
    pub fn discard_through(&mut self, offset: i64) -> usize {
        let before = self.len();
        let mut kept = 0;
        let waiting = self.head..self.len;
        self.len = self.head;
        for index in waiting {
            let ptr = self.slots[index];
            // SAFETY: it was waiting, so it is ours; the shortened batch does not count it any more.
            let raw = unsafe { RawMessage::take(ptr) };
            if raw.code() != 0 || raw.offset() > offset {
                std::mem::forget(raw);
                self.slots[self.head + kept] = ptr;
                kept += 1;
            }
        }
        self.set_len(self.head + kept);
        before - kept
    }

    /// Frees what waits behind the first error, and returns that error's code and offset.
    pub fn end_at_error(&mut self) -> Option<(ErrorCode, i64)> {
        let is_error = |(_, (code, _)): &(usize, (i32, i64))| *code != 0;
        let (index, (code, offset)) = self.waiting().enumerate().find(is_error)?;
        let behind = self.head + index + 1..self.len;
        self.len = behind.start;
        for index in behind {
            let ptr = self.slots[index];
            // SAFETY: it was waiting, so it is ours; the shortened batch does not count it any more.
            drop(unsafe { RawMessage::take(ptr) });
        }
        Some((ErrorCode::from_raw(code), offset))
    }

    /// Frees all waiting messages.
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
        self.head = 0;
        self.set_len(0);
        self.topic = NonNull::from(topic);
        self.epoch = epoch;
        let filled = fill(&mut self.slots[..BATCH_MESSAGES]);
        self.set_len(filled.min(BATCH_MESSAGES));
        self.len
    }

    /// Ends the waiting messages before slot `len`.
    fn set_len(&mut self, len: usize) {
        self.slots[len] = RawMessage::end();
        self.len = len;
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

    /// Takes out the first item, if it is a message. Neither an error nor the end is: one look tells.
    #[inline]
    fn pop_message(&mut self) -> Option<RawMessage> {
        // SAFETY: `head` is never more than `len`, which is less than the number of slots (`set_len`).
        let ptr = unsafe { *self.slots.get_unchecked(self.head) };
        // SAFETY: a waiting message, which is ours and live, or the end (`set_len`).
        let code = unsafe { RawMessage::code_at(ptr) };
        if code != 0 {
            return None;
        }
        self.head += 1;
        // SAFETY: as in `pop`: the end has a code, so this is a message, and `head` was less than `len`.
        Some(unsafe { RawMessage::take(ptr) })
    }

    /// Takes out the first item.
    #[inline]
    fn pop(&mut self) -> Option<RawMessage> {
        if self.head == self.len {
            return None;
        }
        // SAFETY: `head` is less than `len`, which is less than the number of slots (`set_len`).
        let ptr = unsafe { *self.slots.get_unchecked(self.head) };
        self.head += 1;
        // SAFETY: slots from `head` to `len` hold messages that are ours (`refill`), none of them null; this one has just
        // left that range, and the client is alive through `self.client` or a borrow of it (N1).
        Some(unsafe { RawMessage::take(ptr) })
    }

    /// The code and offset of each waiting message.
    fn waiting(&self) -> impl DoubleEndedIterator<Item = (i32, i64)> {
        self.slots[self.head..self.len].iter().map(|ptr| {
            // SAFETY: a waiting message is ours and live; it is only looked at, and forgotten again.
            let raw = unsafe { RawMessage::take(*ptr) };
            let seen = (raw.code(), raw.offset());
            std::mem::forget(raw);
            seen
        })
    }

    fn offsets(&self) -> impl DoubleEndedIterator<Item = i64> {
        self.waiting().filter(|(code, _)| *code == 0).map(|(_, offset)| offset)
    }

    #[cold]
    fn error(&self, raw: &RawMessage) -> Error {
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
