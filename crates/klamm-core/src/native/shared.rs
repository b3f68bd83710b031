//! A message that keeps its client alive, and that several owners may come to hold.

use std::{
    mem::ManuallyDrop,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::client::Client;
use super::message::RawMessage;

/// A message that keeps its client alive. It has one owner and no count, until a second owner is asked for.
pub(crate) struct SharedRaw {
    /// Freed by `drop` as long as there are no `owners`, and by the last of them otherwise.
    raw: ManuallyDrop<RawMessage>,
    owners: OnceLock<Arc<Owner>>,
    client: Client,
}

/// What several owners of a message count.
struct Owner {
    // The message is freed before the client it came from (N1): fields are dropped in this order.
    raw: RawMessage,
    _client: Client,
}

/// A part of a message, as the memory behind a `Bytes`.
struct Part {
    owner: Arc<Owner>,
    read: fn(&RawMessage) -> Option<&[u8]>,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        (self.read)(&self.owner.raw).unwrap_or_default()
    }
}

impl SharedRaw {
    #[inline]
    pub(crate) fn new(raw: RawMessage, client: Client) -> Self {
        Self { raw: ManuallyDrop::new(raw), owners: OnceLock::new(), client }
    }

    #[inline]
    pub(crate) fn get(&self) -> &RawMessage {
        &self.raw
    }

    #[inline]
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns a part of the message as bytes that keep it alive; what is empty keeps nothing.
    pub(crate) fn bytes(&self, read: fn(&RawMessage) -> Option<&[u8]>) -> Option<Bytes> {
        if read(&self.raw)?.is_empty() {
            return Some(Bytes::new());
        }
        Some(Bytes::from_owner(Part { owner: self.owner(), read }))
    }

    /// Counts the owners from here on.
    fn owner(&self) -> Arc<Owner> {
        let owner = self.owners.get_or_init(|| {
            let client = self.client.clone();
            // SAFETY: from when this is stored `drop` leaves the message to the owners, so it is freed once (N3); what lies
            // between cannot panic.
            let raw = unsafe { RawMessage::take(self.raw.as_ptr()) };
            Arc::new(Owner { raw, _client: client })
        });
        Arc::clone(owner)
    }
}

impl Clone for SharedRaw {
    fn clone(&self) -> Self {
        let owner = self.owner();
        // SAFETY: the clone has owners, so it never frees the message itself (N3), and its owner keeps the client (N1).
        let raw = unsafe { RawMessage::take(self.raw.as_ptr()) };
        Self { raw: ManuallyDrop::new(raw), owners: OnceLock::from(owner), client: self.client.clone() }
    }
}

impl Drop for SharedRaw {
    #[inline]
    fn drop(&mut self) {
        if self.owners.get().is_none() {
            // SAFETY: there are no owners to free it, and nobody reads it after this (N3); the client, a field, is dropped
            // later (N1).
            unsafe { ManuallyDrop::drop(&mut self.raw) };
        }
    }
}
