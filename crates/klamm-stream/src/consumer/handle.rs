//! The consumer.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use klamm_core::Config;

use super::Builder;
use crate::{
    control::Request,
    shared::Shared,
    stream::{MessageStream, Partitions, Recv, SharedMessageStream},
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
    /// Begins with settings; end with [`Builder::subscribe`], [`Builder::assign`] or [`Builder::assign_partitions`].
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

    /// Returns the partitions that are assigned, each as a stream of its own for as long as it is.
    ///
    /// ```
    /// use futures_util::{StreamExt, TryStreamExt};
    /// use klamm_core::Message;
    /// use klamm_stream::{Consumer, PartitionEnd};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), klamm_core::Error> {
    /// # let cluster = klamm_testing::MockCluster::start(1)?;
    /// # cluster.create_topic("orders", 2)?;
    /// # cluster.seed("orders", 2, 100, 20)?;
    /// # let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"])?;
    /// let mut partitions = consumer.partitions().take(2);
    /// let mut tasks = Vec::new();
    /// while let Some(mut partition) = partitions.try_next().await? {
    ///     tasks.push(tokio::spawn(async move {
    ///         let mut total = 0;
    ///         while let Some(message) = partition.try_next().await? {
    ///             total += message.payload().map_or(0, <[u8]>::len);
    ///         }
    ///         // The rebalance, or the close, waits for `end`: there is time to save what belongs to the partition.
    ///         if let Some(end @ (PartitionEnd::Revoked(_) | PartitionEnd::Closed(_))) = partition.take_end() {
    ///             partition.commit_delivered().await?;
    ///             drop(end);
    ///         }
    ///         Ok::<_, klamm_core::Error>(total)
    ///     }));
    /// }
    /// # while consumer.assignment().iter().filter_map(|it| consumer.position(it).ok()?).map(|at| at.offset()).sum::<i64>() < 100 {
    /// #     tokio::task::yield_now().await;
    /// # }
    /// consumer.close(std::time::Duration::from_secs(10)).await;
    /// # let mut total = 0;
    /// # for task in tasks { total += task.await.unwrap()?; }
    /// # assert_eq!(total, 2_000);
    /// # Ok(())
    /// # }
    /// ```
    pub fn partitions(&self) -> Partitions {
        Partitions::new(self.clone())
    }

    /// Returns what does not keep the consumer open.
    pub(super) fn downgrade(&self) -> Weak<Shared> {
        Arc::downgrade(&self.inner.shared)
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
