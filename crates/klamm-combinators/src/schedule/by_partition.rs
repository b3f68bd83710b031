//! One message at a time for each partition.

use klamm_core::Message;

use super::rules::Rules;
use crate::error::Invalid;

/// One message at a time for each partition, the partitions at once.
#[derive(Clone, Copy, Debug)]
pub struct ByPartition;

impl Rules for ByPartition {
    const ORDERED: bool = true;

    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }

    fn at_once(&self) -> Option<usize> {
        None
    }

    #[inline]
    fn lane(&self, message: &impl Message) -> Option<u64> {
        Some(message.epoch().to_u64())
    }
}
