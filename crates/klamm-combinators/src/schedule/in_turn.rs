//! One message at a time, whose handler is one.

use std::sync::{Mutex, PoisonError};

use klamm_core::Message;

use super::rules::Rules;
use crate::error::Invalid;

/// One message at a time: the serial schedule where what is left of messages is waited for beside the next.
pub(crate) struct InTurn;

impl Rules for InTurn {
    const ORDERED: bool = false;

    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }

    fn at_once(&self) -> Option<usize> {
        Some(1)
    }

    #[inline]
    fn lane(&self, _: &impl Message) -> Option<u64> {
        None
    }
}

/// A handler that one message has at a time, and may change.
pub(crate) struct Lender<H>(Mutex<Option<H>>);

impl<H> Lender<H> {
    pub(crate) fn new(handler: H) -> Self {
        Self(Mutex::new(Some(handler)))
    }

    /// Lends the handler to a message, until what is returned is dropped.
    pub(crate) fn lend(&self) -> Lent<'_, H> {
        Lent { lender: self, handler: self.put(None) }
    }

    fn put(&self, handler: Option<H>) -> Option<H> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), handler)
    }
}

/// A handler in the hands of one message.
pub(crate) struct Lent<'l, H> {
    lender: &'l Lender<H>,
    handler: Option<H>,
}

impl<H> Lent<'_, H> {
    pub(crate) fn get(&mut self) -> &mut H {
        self.handler.as_mut().expect("one message runs at a time, and gives the handler back")
    }
}

impl<H> Drop for Lent<'_, H> {
    fn drop(&mut self) {
        self.lender.put(self.handler.take());
    }
}
