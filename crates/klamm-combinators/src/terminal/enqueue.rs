//! The outputs of a message, from its handler to their acknowledgement.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use klamm_core::contract::{Delivery, Produce};

use crate::{
    Outcome, Outputs,
    engine::Failed,
    schedule::{CameTo, Handled, Said},
};

/// What a handler came to, and its outputs with it: they are enqueued.
pub(super) struct Produced<D, E>(Result<(Outcome, Acknowledgements<D, E>), Failed<E>>);

/// Enqueues the outputs of a message, in order, if its handler has succeeded.
pub(super) async fn enqueue<P: Produce, E>(
    producer: &P,
    said: Handled<E>,
    outputs: Outputs<P::Record>,
) -> Produced<P::Delivery, E> {
    let outcome = match said {
        Ok(outcome) => outcome,
        Err(failed) => return Produced(Err(failed)),
    };
    let mut acknowledgements = Acknowledgements::none();
    for record in outputs.into_records() {
        let mut delivery = producer.send(record);
        if let Err(error) = poll_fn(|cx| delivery.poll_enqueued(cx)).await {
            return Produced(Err(Failed::Delivery(error)));
        }
        acknowledgements.push(delivery);
    }
    Produced(Ok((outcome, acknowledgements)))
}

impl<D: Delivery, E> Said<E> for Produced<D, E> {
    type Tail = Acknowledgements<D, E>;

    fn came_to(self) -> CameTo<Self::Tail, E> {
        match self.0 {
            Ok((outcome, none)) if none.first.is_none() => CameTo::Handled(Ok(outcome)),
            Ok((outcome, acknowledgements)) => CameTo::Tail(outcome, acknowledgements),
            Err(failed) => CameTo::Handled(Err(failed)),
        }
    }
}

/// The acknowledgements of a message's outputs, to come. One that fails is noticed when those before it have come.
pub(super) struct Acknowledgements<D, E> {
    // Most messages have one, which then takes no allocation of its own.
    first: Option<D>,
    others: VecDeque<D>,
    failed: PhantomData<fn() -> E>,
}

impl<D, E> Acknowledgements<D, E> {
    fn none() -> Self {
        Self { first: None, others: VecDeque::new(), failed: PhantomData }
    }

    fn push(&mut self, delivery: D) {
        if self.first.is_none() {
            self.first = Some(delivery);
        } else {
            self.others.push_back(delivery);
        }
    }
}

impl<D: Delivery, E> Future for Acknowledgements<D, E> {
    type Output = Result<(), Failed<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        while let Some(delivery) = &mut this.first {
            let delivered = ready!(delivery.poll_delivered(cx));
            this.first = this.others.pop_front();
            if let Err(error) = delivered {
                return Poll::Ready(Err(Failed::Delivery(error)));
            }
        }
        Poll::Ready(Ok(()))
    }
}
