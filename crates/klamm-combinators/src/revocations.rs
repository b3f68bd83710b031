//! Who waits for a partition to be taken away.

use std::{
    future::{Future, poll_fn},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use klamm_core::Epoch;

/// The epochs that are not over, and the handlers that wait for the end of theirs.
#[derive(Debug, Default)]
pub(crate) struct Revocations {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The present epoch of every slot.
    current: Vec<Option<Epoch>>,
    waiting: Vec<(u64, Epoch, Waker)>,
    next: u64,
}

impl State {
    fn is_current(&self, epoch: Epoch) -> bool {
        self.current.get(epoch.slot()).is_some_and(|current| *current == Some(epoch))
    }
}

impl Revocations {
    /// Notes that an epoch has begun.
    pub(crate) fn begin(&self, epoch: Epoch) {
        let mut state = self.state();
        if state.current.len() <= epoch.slot() {
            state.current.resize(epoch.slot() + 1, None);
        }
        state.current[epoch.slot()] = Some(epoch);
    }

    /// Tells those who wait that an epoch is being taken away.
    pub(crate) fn end(&self, epoch: Epoch) {
        let woken: Vec<_> = {
            let mut state = self.state();
            if let Some(current) = state.current.get_mut(epoch.slot()) {
                current.take_if(|current| *current == epoch);
            }
            let (woken, waiting) =
                mem::take(&mut state.waiting).into_iter().partition(|(_, of, _)| *of == epoch);
            state.waiting = waiting;
            woken
        };
        for (_, _, waker) in woken {
            waker.wake();
        }
    }

    /// Completes when an epoch is being taken away, or was.
    pub(crate) fn ended(&self, epoch: Epoch) -> impl Future<Output = ()> + Send + '_ {
        let mut waiting = Waiting { revocations: self, number: None };
        poll_fn(move |cx| {
            let mut state = waiting.revocations.state();
            if !state.is_current(epoch) {
                return Poll::Ready(());
            }
            let number = *waiting.number.get_or_insert_with(|| {
                state.next += 1;
                state.next
            });
            match state.waiting.iter_mut().find(|(of, ..)| *of == number) {
                Some((_, _, waker)) => waker.clone_from(cx.waker()),
                None => state.waiting.push((number, epoch, cx.waker().clone())),
            }
            Poll::Pending
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that waits, and leaves no waker behind.
struct Waiting<'r> {
    revocations: &'r Revocations,
    number: Option<u64>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.revocations.state().waiting.retain(|(of, ..)| *of != number);
        }
    }
}
