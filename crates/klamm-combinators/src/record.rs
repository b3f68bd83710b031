//! A message in its handler's hands.

use std::{future::Future, ops::Deref};

use bytes::Bytes;
use klamm_core::{
    Epoch, Message, Timestamp,
    message::{Headers, HeadersError},
};

use crate::revocations::Revocations;

/// A message in its handler's hands: the source's message, and what becomes of its partition.
#[derive(Debug)]
pub struct Record<'p, M> {
    message: M,
    revocations: &'p Revocations,
}

impl<'p, M: Message> Record<'p, M> {
    #[inline]
    pub(crate) fn new(message: M, revocations: &'p Revocations) -> Self {
        Self { message, revocations }
    }

    /// Completes when the group wants the message's partition back, or it is lost.
    ///
    /// A handler that takes long can give up then, with an error of its own or by finishing early; the rebalance waits for
    /// it, as [`on_revoke`](crate::Records::on_revoke) says.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and asked for again at any time.
    pub fn revoked(&self) -> impl Future<Output = ()> + Send + '_ {
        self.revocations.ended(self.message.epoch())
    }
}

impl<M> Deref for Record<'_, M> {
    type Target = M;

    #[inline]
    fn deref(&self) -> &M {
        &self.message
    }
}

impl<M: Message> Message for Record<'_, M> {
    fn key(&self) -> Option<&[u8]> {
        self.message.key()
    }

    fn payload(&self) -> Option<&[u8]> {
        self.message.payload()
    }

    fn topic(&self) -> &str {
        self.message.topic()
    }

    fn partition(&self) -> i32 {
        self.message.partition()
    }

    fn offset(&self) -> i64 {
        self.message.offset()
    }

    fn timestamp(&self) -> Timestamp {
        self.message.timestamp()
    }

    fn leader_epoch(&self) -> Option<i32> {
        self.message.leader_epoch()
    }

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        self.message.try_headers()
    }

    fn epoch(&self) -> Epoch {
        self.message.epoch()
    }

    fn key_bytes(&self) -> Option<Bytes> {
        self.message.key_bytes()
    }

    fn payload_bytes(&self) -> Option<Bytes> {
        self.message.payload_bytes()
    }
}
