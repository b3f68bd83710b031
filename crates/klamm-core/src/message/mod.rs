//! What a message is, and who owns its bytes.
//!
//! | type | bytes | lives | costs |
//! |---|---|---|---|
//! | [`BorrowedMessage`] | in librdkafka's fetch buffer | no longer than its consumer | nothing |
//! | [`SharedMessage`] | the same memory | as long as you keep it; pins the fetch buffer | one reference count |
//! | [`OwnedMessage`] | its own copy | as long as you keep it; pins nothing | one allocation, one copy |
//!
//! All three read alike, through [`Message`], [`Headers`] included.

mod read;
mod timestamp;
mod topic;

mod headers;

mod borrowed;
mod shared;

mod builder;
mod owned;
#[cfg(feature = "serde")]
mod serial;

pub use borrowed::BorrowedMessage;
pub use builder::MessageBuilder;
pub use headers::{Header, Headers, HeadersError, HeadersIter, OwnedHeaders};
pub use owned::{MessageParts, OwnedMessage};
pub use read::Message;
pub use shared::SharedMessage;
pub use timestamp::Timestamp;
pub use topic::Topic;
pub(crate) use topic::TopicTable;
