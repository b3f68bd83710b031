//! The delivery of a record, to come.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use klamm_core::native::Parcel;

use super::{Delivered, DeliveryError, Left, Slot};
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
    /// The record is in line, or librdkafka has it.
    Sent(Arc<Parcel<Slot>>),
    /// It was refused.
    Refused(DeliveryError, Arc<Returns>),
    Over,
}

impl Delivery {
    pub(crate) fn sent(parcel: Arc<Parcel<Slot>>) -> Self {
        Self { stage: Stage::Sent(parcel) }
    }

    pub(crate) fn refused(error: DeliveryError, returns: Arc<Returns>) -> Self {
        Self { stage: Stage::Refused(error, returns) }
    }

    /// Completes when the record is handed over, or will never be.
    pub(crate) fn poll_handed_over(&mut self, cx: &Context<'_>) -> Poll<Result<(), DeliveryError>> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Refused(error, _) => Poll::Ready(Err(error)),
            Stage::Sent(parcel) => {
                let polled = parcel.value().poll_handed_over(cx);
                self.stage = Stage::Sent(parcel);
                polled.map(Ok)
            }
            Stage::Over => panic!("a delivery is polled after it has completed"),
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
            Stage::Sent(parcel) => {
                if let Some(record) = parcel.value().take_back() {
                    parcel.value().returns().ended(1);
                    return Ok(*record);
                }
                self.stage = Stage::Sent(parcel);
            }
            Stage::Refused(error, _) => return Ok(error.into_record()),
            Stage::Over => {}
        }
        Err(self)
    }
}

impl Future for Delivery {
    type Output = Result<Delivered, DeliveryError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Sent(parcel) => {
                let polled = parcel.value().poll(cx);
                if polled.is_pending() {
                    self.stage = Stage::Sent(parcel);
                } else {
                    Returns::give(parcel);
                }
                polled
            }
            Stage::Refused(error, _) => Poll::Ready(Err(error)),
            Stage::Over => panic!("a delivery is polled after it has completed"),
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Sent(parcel) => {
                let (slot, returns) = (parcel.value(), parcel.value().returns());
                match slot.abandon() {
                    Left::InLine(record) => {
                        returns.ended(1);
                        returns.unclaimed.receive([DeliveryError::no_room(*record)]);
                    }
                    Left::Unheard(error) => {
                        returns.unclaimed.receive([error]);
                        slot.reset();
                        Returns::give(parcel);
                    }
                    Left::Sent => {}
                    Left::Nothing => {
                        slot.reset();
                        Returns::give(parcel);
                    }
                }
            }
            Stage::Refused(error, returns) => returns.unclaimed.receive([error]),
            Stage::Over => {}
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}
