//! The answer to a call of a transaction.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_channel::oneshot;
use klamm_core::contract::{ErrorClass, ProducerError};

/// The answer to a call of a transaction, to come.
///
/// # Cancel safety
///
/// The call is made whether this is awaited or not.
#[derive(Debug)]
#[must_use = "without it nothing is known of the transaction"]
pub struct TransactionAnswer(oneshot::Receiver<Result<(), ProducerError>>);

impl TransactionAnswer {
    pub(super) fn new(answer: oneshot::Receiver<Result<(), ProducerError>>) -> Self {
        Self(answer)
    }
}

impl Future for TransactionAnswer {
    type Output = Result<(), ProducerError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| {
            answer.unwrap_or_else(|_| Err(ProducerError::new(ErrorClass::Fatal, "the producer has ended")))
        })
    }
}
