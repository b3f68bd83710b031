//! The delivery of a record, to come.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::{Delivered, DeliveryError, Found, Sent, Waiting};
use crate::{Record, producer::Returns};

/// The delivery of a record, to come.
///
/// # Delivery
///
/// Each record that is sent comes to one end: it is delivered, or its delivery is an error with the record. If the delivery
/// was dropped before, the error goes to [`Builder::on_undelivered`](crate::Builder::on_undelivered).
///
/// # Cancel safety
///
/// The record is taken when `send` is called if there is room for it, and is then delivered whether this is awaited or
/// not. While it waits for room, [`cancel`](Self::cancel) takes it back, and dropping this gives it up.
///
/// # Panics
///
/// If it is polled after it has completed.
#[must_use = "without it nothing is known of the delivery"]
pub struct Delivery {
    stage: Stage,
}

enum Stage {
    /// librdkafka has the record.
    Sent(Sent),
    /// The record is in line, or was when it was last asked.
    Waiting(Arc<Waiting>),
    /// It was refused.
    Refused(DeliveryError, Arc<Returns>),
    Over,
}

impl Delivery {
    pub(crate) fn sent(sent: Sent) -> Self {
        Self { stage: Stage::Sent(sent) }
    }

    pub(crate) fn waiting(waiting: Arc<Waiting>) -> Self {
        Self { stage: Stage::Waiting(waiting) }
    }

    pub(crate) fn refused(error: DeliveryError, returns: Arc<Returns>) -> Self {
        Self { stage: Stage::Refused(error, returns) }
    }

    /// Completes when the record is handed over, or will never be.
    pub(crate) fn poll_handed_over(&mut self, cx: &Context<'_>) -> Poll<Result<(), DeliveryError>> {
        match &mut self.stage {
            Stage::Sent(_) => return Poll::Ready(Ok(())),
            Stage::Waiting(waiting) => match ready!(waiting.poll_left(cx)) {
                Ok(sent) => {
                    self.stage = Stage::Sent(sent);
                    return Poll::Ready(Ok(()));
                }
                Err(error) => {
                    self.stage = Stage::Over;
                    return Poll::Ready(Err(error));
                }
            },
            Stage::Refused(..) | Stage::Over => {}
        }
        Poll::Ready(Err(self.refusal()))
    }

    /// Completes with why it was refused.
    fn refusal(&mut self) -> DeliveryError {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Refused(error, _) => error,
            _ => panic!("a delivery is polled after it has completed"),
        }
    }

    /// Takes the record back if it still waits for room, or was not taken at all: it is then certain not to be sent.
    /// Otherwise it is on its way, or at an end, and the delivery is returned.
    ///
    /// This is how to wait for room up to a deadline:
    ///
    /// ```
    /// # use std::time::Duration;
    /// use klamm_producer::{Producer, Record};
    /// # use klamm_testing::MockCluster;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cluster = MockCluster::start(1)?;
    /// # cluster.create_topic("orders", 4)?;
    /// # let producer = Producer::builder(cluster.config()).start()?;
    /// let mut delivery = producer.send(Record::to("orders").payload("{}"));
    /// let delivered = match tokio::time::timeout(Duration::from_secs(5), &mut delivery).await {
    ///     Ok(delivered) => delivered?,
    ///     Err(_) => match delivery.cancel() {
    ///         Ok(record) => return Err(format!("no room for {record:?}").into()),
    ///         Err(on_its_way) => on_its_way.await?,
    ///     },
    /// };
    /// println!("{}@{}", delivered.partition, delivered.offset);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The delivery, if the record is on its way or at an end.
    pub fn cancel(mut self) -> Result<Record, Self> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Waiting(waiting) => match waiting.take() {
                Found::InLine(record) => {
                    waiting.returns().ended(1);
                    return Ok(*record);
                }
                Found::Left(Ok(sent)) => self.stage = Stage::Sent(sent),
                Found::Left(Err(error)) => self.stage = Stage::Refused(error, Arc::clone(waiting.returns())),
            },
            Stage::Refused(error, _) => return Ok(error.into_record()),
            on_its_way => self.stage = on_its_way,
        }
        Err(self)
    }
}

impl Future for Delivery {
    type Output = Result<Delivered, DeliveryError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if !matches!(self.stage, Stage::Sent(_)) {
            ready!(self.poll_handed_over(cx))?;
        }
        let Stage::Sent(sent) = &mut self.stage else { unreachable!("it is handed over") };
        let outcome = ready!(sent.poll(cx));
        if let Stage::Sent(sent) = std::mem::replace(&mut self.stage, Stage::Over) {
            drop(sent);
        }
        Poll::Ready(outcome)
    }
}

impl Drop for Delivery {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.stage, Stage::Over) {
            self.report_unheard();
        }
    }
}

impl Delivery {
    /// Reports what nobody waits for any more.
    fn report_unheard(&mut self) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Sent(sent) => report_unheard(sent),
            Stage::Waiting(waiting) => match waiting.take() {
                Found::InLine(record) => {
                    waiting.returns().ended(1);
                    waiting.returns().unclaimed.receive([DeliveryError::no_room(record)]);
                }
                Found::Left(Ok(sent)) => report_unheard(sent),
                Found::Left(Err(error)) => waiting.returns().unclaimed.receive([error]),
            },
            Stage::Refused(error, returns) => returns.unclaimed.receive([error]),
            Stage::Over => {}
        }
    }
}

fn report_unheard(mut sent: Sent) {
    if let Some(Err(error)) = sent.close() {
        sent.common().unclaimed.receive([error]);
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}
