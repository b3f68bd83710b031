//! What is left of a message after its handler, and waited for outside of the handler's place.

use std::{
    convert::Infallible,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Handled, slots::Slots};
use crate::{
    Outcome,
    engine::{Failed, Held},
};

/// What a handler's place comes to.
pub(crate) enum CameTo<T, E> {
    /// The message is done, or has failed.
    Handled(Handled<E>),
    /// The message is done when its tail is: the next of its lane may start, and the place is free.
    Tail(Outcome, T),
}

/// What the future in a handler's place returns.
pub(crate) trait Said<E> {
    /// What may be left of a message.
    type Tail: Future<Output = Result<(), Failed<E>>>;

    fn came_to(self) -> CameTo<Self::Tail, E>;
}

/// Of a message that is processed nothing is left.
impl<E> Said<E> for Handled<E> {
    type Tail = NoTail<E>;

    #[inline]
    fn came_to(self) -> CameTo<NoTail<E>, E> {
        CameTo::Handled(self)
    }
}

/// The tail of a message that has none.
pub(crate) struct NoTail<E>(Infallible, PhantomData<fn() -> E>);

impl<E> Future for NoTail<E> {
    type Output = Result<(), Failed<E>>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0 {}
    }
}

/// A message whose handler is done.
#[derive(Clone, Copy)]
pub(super) struct Tailed {
    pub(super) held: Held,
    pub(super) outcome: Outcome,
}

/// The tails that are waited for.
pub(super) struct Tails<T, U> {
    slots: Slots<T, Tailed>,
    hurry: U,
    /// Some were added since they were last told to hurry.
    may_linger: bool,
}

impl<T: Future, U: Fn()> Tails<T, U> {
    /// Makes room for tails that hurry when `hurry` is called.
    pub(super) fn new(hurry: U) -> Self {
        Self { slots: Slots::new(None, &|tail: T| tail), hurry, may_linger: false }
    }

    /// As [`Slots::begin`].
    pub(super) fn begin(&mut self, cx: &Context<'_>) {
        self.slots.begin(cx);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Begins to wait for a tail, unless it is over already.
    pub(super) fn add(&mut self, tail: T, of: Tailed) -> Poll<T::Output> {
        let poll = self.slots.free_place().start(tail);
        if poll.is_pending() {
            self.slots.keep(of);
            self.may_linger = true;
        }
        poll
    }

    /// Polls those that are due until one is over.
    pub(super) fn poll_due(&mut self) -> Option<(Tailed, T::Output)> {
        self.slots.poll_due()
    }

    /// Returns the messages whose tails are waited for.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Tailed> {
        self.slots.kept()
    }

    /// Drops the tails for which `is_over` holds, and returns whose they were.
    pub(super) fn drop_where(&mut self, is_over: impl Fn(&Tailed) -> bool) -> Vec<Tailed> {
        self.slots.drop_where(is_over)
    }

    /// Tells those to hurry that were not told yet.
    pub(super) fn hurry(&mut self) {
        if std::mem::take(&mut self.may_linger) && !self.is_empty() {
            (self.hurry)();
        }
    }
}
