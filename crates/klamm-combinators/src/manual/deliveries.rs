//! The stream of deliveries.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};
use klamm_core::contract::Source;

use super::{Delivery, driver::Driver, polling::polled};
use crate::{PipelineError, Records, Serial};

impl<S: Source + Clone> Records<S, Serial> {
    /// Hands each message out with an acknowledgement, as a stream that any operators can be put upon. To be ended with
    /// [`commit`](crate::CommitExt::commit).
    ///
    /// ```
    /// use std::time::Duration;
    /// use futures_util::{StreamExt, TryStreamExt};
    /// use klamm_combinators::{CommitExt, PipelineError, RecordsExt, every};
    /// # use klamm_core::Message;
    /// # use klamm_stream::Consumer;
    /// # use klamm_testing::MockCluster;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), PipelineError> {
    /// # let cluster = MockCluster::start(1).unwrap();
    /// # cluster.create_topic("orders", 1).unwrap();
    /// # cluster.seed("orders", 1, 100, 20).unwrap();
    /// let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"]).unwrap();
    /// let report = consumer
    ///     .records()
    ///     .deliveries()
    ///     .map_ok(|delivery| async {
    ///         let (message, ack) = delivery.into_parts();
    ///         println!("{}", message.offset());
    ///         Ok(ack.done())
    ///     })
    ///     .try_buffer_unordered(64)
    ///     .take(100)
    ///     .commit(every(1_000).or(Duration::from_secs(1)))
    ///     .await?;
    /// assert_eq!(report.committed, 100);
    /// # Ok(())
    /// # }
    /// ```
    pub fn deliveries(self) -> Deliveries<S> {
        let Self { source, policies, schedule: Serial } = self;
        match Driver::open(source, policies) {
            Ok(driver) => Deliveries { driver: Some(Arc::new(driver)), refused: None, is_done: false },
            Err(error) => Deliveries { driver: None, refused: Some(error), is_done: false },
        }
    }
}

/// The messages of a pipeline, each with its acknowledgement: what [`Records::deliveries`] returns.
///
/// # Delivery
///
/// At least once: what is delivered and not committed is delivered again to whoever reads the partition next. A revoke is
/// held until every delivery of its partitions is done and committed, or dropped, as
/// [`on_revoke`](Records::on_revoke) says; neither this stream nor the commit can drop what works on a message, so that
/// `OnRevoke::Cancel` does as `OnRevoke::Detach`. An acknowledgement that comes after its partition has gone counts for
/// nothing and is counted as [`stale`](crate::Report::stale).
///
/// # Cancel safety
///
/// `next()` on it is cancel safe: no message is taken before it is returned. Dropping the stream stops deliveries; what was
/// delivered can still be acknowledged and committed. With the end of its commit, which may be dropped, it ends too.
///
/// # Errors
///
/// What stops the pipeline, once; then the stream ends. What is wrong with how it was built comes first.
#[must_use = "streams do nothing unless polled"]
pub struct Deliveries<S: Source + Clone> {
    driver: Option<Arc<Driver<S>>>,
    refused: Option<PipelineError>,
    is_done: bool,
}

impl<S: Source + Clone> Stream for Deliveries<S> {
    type Item = Result<Delivery<S::SharedMessage>, PipelineError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.is_done {
            return Poll::Ready(None);
        }
        let poll = match &this.driver {
            Some(driver) => {
                polled(driver);
                driver.poll_delivery(cx)
            }
            None => Poll::Ready(this.refused.take().map(Err)),
        };
        this.is_done = matches!(poll, Poll::Ready(None | Some(Err(_))));
        poll
    }
}

impl<S: Source + Clone> Unpin for Deliveries<S> {}

impl<S: Source + Clone> FusedStream for Deliveries<S> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<S: Source + Clone> Drop for Deliveries<S> {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.stop();
        }
    }
}

impl<S: Source + Clone> fmt::Debug for Deliveries<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").field("is_done", &self.is_done).finish_non_exhaustive()
    }
}
