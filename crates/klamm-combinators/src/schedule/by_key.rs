//! One message at a time for each key.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use klamm_core::{Epoch, Message};

use super::rules::Rules;
use crate::{Records, error::Invalid};

/// One message at a time for each key of a partition, many keys at once.
///
/// A lane is a topic, a partition and the bytes of a key. It exists only while one of its messages is under way, so that
/// memory does not grow with the number of keys. Two keys may share a lane by chance (1 in 2<sup>64</sup>), and then wait
/// for each other.
#[derive(Clone, Debug)]
pub struct ByKey {
    at_once: usize,
    null_keys: NullKeys,
    hasher: RandomState,
}

/// In what order messages without a key are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NullKeys {
    /// In none: each may run beside every other.
    #[default]
    Unordered,
    /// As if those of one partition had the same key.
    ByPartition,
}

impl ByKey {
    pub(crate) fn new(at_once: usize) -> Self {
        Self { at_once, null_keys: NullKeys::default(), hasher: RandomState::default() }
    }

    #[inline]
    fn hash(&self, epoch: Epoch, key: Option<&[u8]>) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        match key {
            Some(key) => hasher.write(key),
            None => hasher.write_u8(0),
        }
        // Beside a hash, the epoch need not be one.
        hasher.finish() ^ epoch.to_u64()
    }
}

impl<S> Records<S, ByKey> {
    /// Says in what order messages without a key are handled; [`NullKeys::Unordered`] unless set. An empty key is a key.
    pub fn null_keys(mut self, null_keys: NullKeys) -> Self {
        self.schedule.null_keys = null_keys;
        self
    }
}

impl Rules for ByKey {
    const ORDERED: bool = true;

    fn check(&self) -> Result<(), Invalid> {
        if self.at_once == 0 {
            return Err(Invalid::new("by_key", "0 keys at once would be none, for ever"));
        }
        Ok(())
    }

    fn at_once(&self) -> Option<usize> {
        Some(self.at_once)
    }

    #[inline]
    fn lane(&self, message: &impl Message) -> Option<u64> {
        match (message.key(), self.null_keys) {
            (None, NullKeys::Unordered) => None,
            (key, _) => Some(self.hash(message.epoch(), key)),
        }
    }
}
