//! Which messages are done, marked on any thread.

use super::sync::{AtomicBool, AtomicU64, Ordering};

/// Bits in a word.
const BITS: u64 = 64;
#[cfg(not(klamm_loom))]
const WORDS: usize = 64;
// A model looks at every word.
#[cfg(klamm_loom)]
const WORDS: usize = 1;

/// How many messages there may be from the oldest that is not done.
pub(crate) const LIMIT: u64 = BITS * WORDS as u64;

/// A bit for each message from the oldest that is not done, by sequence number.
///
/// Setting one is a single atomic instruction. The pipeline alone clears bits, when it moves its tail over them, and gives
/// a bit to a later message only after that.
#[derive(Debug)]
pub(crate) struct Marks {
    words: [AtomicU64; WORDS],
    is_closed: AtomicBool,
    /// Messages that somebody works on.
    running: AtomicU64,
}

impl Marks {
    pub(crate) fn new() -> Self {
        Self {
            words: std::array::from_fn(|_| AtomicU64::new(0)),
            is_closed: AtomicBool::new(false),
            running: AtomicU64::new(0),
        }
    }

    /// Marks a message done. Returns whether that still means anything: false once the epoch is over.
    #[inline]
    pub(crate) fn set(&self, sequence: u64) -> bool {
        let (word, bit) = place(sequence);
        self.words[word].fetch_or(1 << bit, Ordering::Release);
        !self.is_closed.load(Ordering::Acquire)
    }

    /// Tells whether a message is marked.
    pub(super) fn is_set(&self, sequence: u64) -> bool {
        let (word, bit) = place(sequence);
        self.words[word].load(Ordering::Acquire) >> bit & 1 == 1
    }

    /// Takes the marks off the messages from `from` on, up to `limit` of them or the first that has none; returns how many
    /// that were.
    #[inline]
    pub(super) fn take_run(&self, from: u64, limit: u64) -> u64 {
        let mut taken = 0;
        while taken < limit {
            let (word, bit) = place(from + taken);
            // As many as are marked in a row, within this word.
            let run = u64::from((self.words[word].load(Ordering::Acquire) >> bit).trailing_ones());
            let run = run.min(limit - taken);
            if run == 0 {
                break;
            }
            self.words[word].fetch_and(!((u64::MAX >> (BITS - run)) << bit), Ordering::Relaxed);
            taken += run;
        }
        taken
    }

    /// Notes that somebody works on a message, and does not finish it at once.
    pub(crate) fn start(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that nobody works on such a message any more, after it was marked if it is done.
    pub(crate) fn stop(&self) {
        self.running.fetch_sub(1, Ordering::Release);
    }

    /// Returns how many messages are worked on.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Ordering::Acquire)
    }

    /// Tells whether the epoch is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Ends the epoch: marks mean nothing from here on.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
    }
}

/// Returns a message's word and its bit therein.
fn place(sequence: u64) -> (usize, u64) {
    ((sequence / BITS % WORDS as u64) as usize, sequence % BITS)
}
