//! Many messages at once, in any order.

use klamm_core::Message;

use super::rules::Rules;
use crate::error::Invalid;

/// Many messages at once, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Unordered {
    pub(crate) at_once: usize,
}

impl Rules for Unordered {
    const ORDERED: bool = false;

    fn check(&self) -> Result<(), Invalid> {
        if self.at_once == 0 {
            return Err(Invalid::new("unordered", "0 messages at once would be none, for ever"));
        }
        Ok(())
    }

    fn at_once(&self) -> Option<usize> {
        Some(self.at_once)
    }

    #[inline]
    fn lane(&self, _: &impl Message) -> Option<u64> {
        None
    }
}
