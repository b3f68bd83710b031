//! What can be read of a message, wherever its bytes are.

use crate::{Epoch, Position, Timestamp};

/// What can be read of a message, wherever its bytes are.
///
/// A missing payload (`None`, a tombstone) and an empty one (`Some(b"")`) stay distinct from the wire to every copy;
/// the same holds for keys.
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

    /// Returns the assignment epoch in which the message was delivered.
    fn epoch(&self) -> Epoch;

    /// Returns where a reader stands who is done with this message: the only place where an offset becomes the next one.
    fn position(&self) -> Position {
        Position::after(self.offset(), self.leader_epoch())
    }
}

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
