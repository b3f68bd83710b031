//! What a message is, and who owns its bytes.
//!
//! | type | bytes | lives | costs |
//! |---|---|---|---|
//! | [`BorrowedMessage`] | in librdkafka's fetch buffer | no longer than its consumer | nothing |
//! | [`SharedMessage`] | the same memory | as long as you keep it; pins the fetch buffer | one reference count |
//! | [`OwnedMessage`] | its own copy | as long as you keep it; pins nothing | one allocation, one copy |
//!
//! All three read alike, through [`Message`].

mod borrowed;
mod owned;
mod read;
mod shared;
mod timestamp;
mod topic;

pub use borrowed::BorrowedMessage;
pub use owned::OwnedMessage;
pub use read::Message;
pub use shared::SharedMessage;
pub use timestamp::Timestamp;
pub use topic::Topic;
pub(crate) use topic::TopicTable;
