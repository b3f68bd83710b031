//! The consumer.

use std::{fmt, sync::Arc};

use klamm_core::Config;

use super::Builder;
use crate::{
    control::Request, shared::Shared, stream::MessageStream, stream::Recv, stream::SharedMessageStream,
};

/// A member of a consumer group. Clones are the same member.
///
/// Its control thread keeps the membership alive however long messages are worked on. When the last clone and stream is
/// dropped it leaves the group in the background; [`close`](Self::close) leaves it and says how that went.
///
/// # Delivery
///
/// Nothing is ever committed by itself: `enable.auto.commit` and `enable.auto.offset.store` are off and refused. What was
/// not committed when a partition changes hands is delivered again, to its next owner.
#[derive(Clone)]
pub struct Consumer {
    inner: Arc<Handle>,
}

/// What the user's clones share, and the control thread does not: when it goes, nobody is left.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.requests.send(Request::Abandon);
    }
}

impl Consumer {
    /// Begins with settings; end with [`Builder::subscribe`].
    pub fn builder(config: Config) -> Builder {
        Builder::new(config)
    }

    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { inner: Arc::new(Handle { shared }) }
    }

    /// Returns the messages of all assigned partitions, borrowed from this consumer.
    pub fn stream(&self) -> MessageStream<'_> {
        MessageStream::new(self.shared())
    }

    /// Returns the messages of all assigned partitions as a stream that owns the consumer.
    pub fn into_stream(self) -> SharedMessageStream {
        SharedMessageStream::new(self)
    }

    /// Returns the next message.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it completes loses no message.
    ///
    /// # Errors
    ///
    /// What a [`stream`](Self::stream) has as error items; [`ErrorKind::Closed`](klamm_core::ErrorKind::Closed) after
    /// the consumer was closed.
    pub fn recv(&self) -> Recv<'_> {
        Recv::new(self.shared())
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("client", &self.shared().client).finish_non_exhaustive()
    }
}
