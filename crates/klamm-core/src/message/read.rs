//! What can be read of a message, wherever its bytes are.

use std::sync::Arc;

use bytes::Bytes;

use super::{Headers, HeadersError};
use crate::{Epoch, Position, Timestamp};

/// What can be read of a message, wherever its bytes are.
///
/// A missing payload (`None`, a tombstone) and an empty one (`Some(b"")`) stay distinct from the wire to every copy;
/// the same holds for keys and for the values of headers.
pub trait Message {
    /// Returns the key, or `None` if the message has none.
    fn key(&self) -> Option<&[u8]>;

    /// Returns the payload, or `None` if the message is a tombstone.
    fn payload(&self) -> Option<&[u8]>;

    /// Returns the name of the topic.
    fn topic(&self) -> &str;

    /// Returns the partition's number within its topic.
    fn partition(&self) -> i32;

    /// Returns the offset within the partition.
    fn offset(&self) -> i64;

    /// Returns when the message was created or appended, in milliseconds since 1970, if the broker said so.
    fn timestamp(&self) -> Timestamp;

    /// Returns the leader epoch under which the message was written, if the broker said so.
    fn leader_epoch(&self) -> Option<i32>;

    /// Returns the headers, or `None` if there are none.
    ///
    /// # Errors
    ///
    /// [`HeadersError`] if the message's producer wrote bytes that are no headers. The rest of the message is readable.
    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError>;

    /// Returns the assignment epoch in which the message was delivered.
    fn epoch(&self) -> Epoch;

    /// Returns the headers, or `None` if there are none that can be read; [`try_headers`](Self::try_headers) tells the two
    /// apart.
    fn headers(&self) -> Option<Headers<'_>> {
        self.try_headers().ok().flatten()
    }

    /// Returns the key as bytes of their own, or `None` if the message has none: copied, unless the message is one that they
    /// can keep alive, as a [`SharedMessage`](super::SharedMessage) and an [`OwnedMessage`](super::OwnedMessage) are.
    fn key_bytes(&self) -> Option<Bytes> {
        self.key().map(Bytes::copy_from_slice)
    }

    /// Returns the payload as bytes of their own, or `None` if the message is a tombstone: copied, unless the message is one
    /// that they can keep alive, as with [`key_bytes`](Self::key_bytes).
    fn payload_bytes(&self) -> Option<Bytes> {
        self.payload().map(Bytes::copy_from_slice)
    }

    /// Returns where a reader stands who is done with this message: the only place where an offset becomes the next one.
    fn position(&self) -> Position {
        Position::after(self.offset(), self.leader_epoch())
    }
}

/// Has pointers read what they point to.
macro_rules! through {
    ($($pointer:ty),*) => {
        $(
        impl<M: Message + ?Sized> Message for $pointer {
            fn key(&self) -> Option<&[u8]> {
                (**self).key()
            }

            fn payload(&self) -> Option<&[u8]> {
                (**self).payload()
            }

            fn topic(&self) -> &str {
                (**self).topic()
            }

            fn partition(&self) -> i32 {
                (**self).partition()
            }

            fn offset(&self) -> i64 {
                (**self).offset()
            }

            fn timestamp(&self) -> Timestamp {
                (**self).timestamp()
            }

            fn leader_epoch(&self) -> Option<i32> {
                (**self).leader_epoch()
            }

            fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
                (**self).try_headers()
            }

            fn epoch(&self) -> Epoch {
                (**self).epoch()
            }

            fn key_bytes(&self) -> Option<Bytes> {
                (**self).key_bytes()
            }

            fn payload_bytes(&self) -> Option<Bytes> {
                (**self).payload_bytes()
            }
        }
        )*
    };
}

through!(&M, Box<M>, Arc<M>);

/// Formats where a message stands and how large it is, never what it holds.
pub(super) fn debug(message: &impl Message, name: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    f.debug_struct(name)
        .field("topic", &message.topic())
        .field("partition", &message.partition())
        .field("offset", &message.offset())
        .field("key_bytes", &message.key().map(<[u8]>::len))
        .field("payload_bytes", &message.payload().map(<[u8]>::len))
        .finish_non_exhaustive()
}
