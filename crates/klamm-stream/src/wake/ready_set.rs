//! Which slots are ready: a bitmap that callbacks set and readers clear.

use std::sync::OnceLock;

use super::sync::{AtomicU64, Ordering};

/// Bits in a word.
const BITS: usize = 64;
/// Words that are allocated together.
const WORDS: usize = if cfg!(klamm_loom) { 1 } else { 64 };
/// How often that may happen.
const SEGMENTS: usize = 64;

/// How many slots one consumer can have.
pub(crate) const SLOT_LIMIT: usize = BITS * WORDS * SEGMENTS;

type Segment = Box<[AtomicU64]>;

/// Which slots are ready: a bitmap that callbacks set and readers clear.
///
/// A search goes over words, not queues: 1,000 partitions are 16 words.
#[derive(Debug)]
pub(super) struct ReadySet {
    segments: [OnceLock<Segment>; SEGMENTS],
    /// How many words are in use.
    words: std::sync::atomic::AtomicUsize,
}

impl ReadySet {
    pub(super) fn new() -> Self {
        Self { segments: [const { OnceLock::new() }; SEGMENTS], words: 0.into() }
    }

    /// Makes room for slot `index`. To be called before anyone can raise it. False beyond [`SLOT_LIMIT`].
    pub(super) fn reserve(&self, index: usize) -> bool {
        let word = index / BITS;
        let Some(segment) = self.segments.get(word / WORDS) else { return false };
        segment.get_or_init(|| (0..WORDS).map(|_| AtomicU64::new(0)).collect());
        self.words.fetch_max(word + 1, Ordering::AcqRel);
        true
    }

    /// Puts a slot in. A slot without room is not anyone's, and ignored.
    pub(super) fn insert(&self, index: usize) {
        if let Some(word) = self.word(index / BITS) {
            word.fetch_or(1 << (index % BITS), Ordering::AcqRel);
        }
    }

    /// Takes out the next slot, going round from `from`, so that each gets its turn.
    pub(super) fn take(&self, from: usize) -> Option<usize> {
        let words = self.words.load(Ordering::Acquire);
        if words == 0 {
            return None;
        }
        let (start, shift) = ((from / BITS) % words, from % BITS);
        // The first word is visited twice: from `from` on, and at the end up to it.
        for step in 0..=words {
            let number = (start + step) % words;
            let Some(word) = self.word(number) else { continue };
            let within = match step {
                0 => u64::MAX << shift,
                _ if step == words => !(u64::MAX << shift),
                _ => u64::MAX,
            };
            let mut bits = word.load(Ordering::Acquire) & within;
            while bits != 0 {
                let bit = bits & bits.wrapping_neg();
                if word.fetch_and(!bit, Ordering::AcqRel) & bit != 0 {
                    return Some(number * BITS + bit.trailing_zeros() as usize);
                }
                bits &= !bit;
            }
        }
        None
    }

    /// Tells whether no slot is in.
    pub(super) fn is_empty(&self) -> bool {
        let words = self.words.load(Ordering::Acquire);
        (0..words).filter_map(|number| self.word(number)).all(|word| word.load(Ordering::Acquire) == 0)
    }

    fn word(&self, number: usize) -> Option<&AtomicU64> {
        self.segments.get(number / WORDS)?.get()?.get(number % WORDS)
    }
}
