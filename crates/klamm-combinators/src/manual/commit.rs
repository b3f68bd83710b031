//! Committing what is acknowledged.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;

use super::{
    Done,
    polling::{Drivers, polling},
};
use crate::{PipelineError, Report, committer::Trigger};

/// When to commit: see [`every`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(Trigger);

/// Commits after so many messages, or 1 s after the first; see [`Every::or`].
pub fn every(records: usize) -> Every {
    Every(Trigger { records, ..Trigger::default() })
}

impl Every {
    /// Commits so long after the first message that is done and not committed, if that comes first.
    #[must_use]
    pub fn or(self, interval: Duration) -> Self {
        Self(Trigger { interval, ..self.0 })
    }
}

/// Commits streams of receipts.
pub trait CommitExt<E>: Stream<Item = Result<Done, E>> + Sized {
    /// Commits what the receipts of this stream are for, and returns a report when it ends.
    ///
    /// # Delivery
    ///
    /// A commit never passes a message whose receipt has not come here: not those still in the operators above, nor those
    /// that were dropped.
    ///
    /// While it is polled it answers revokes, keeps the deadlines of its pipelines and hears their
    /// [`drain_on`](crate::Records::drain_on), although the operators above are full. Its pipelines are those whose
    /// [`Deliveries`](crate::Deliveries) are polled within its own polls. Deliveries that another task polls are heard of
    /// with their first receipt; until then that task must go on polling them.
    ///
    /// # Cancel safety
    ///
    /// Dropping it ends its pipelines: what is done without a gap is committed in the background, and everything else is
    /// delivered again, also what acknowledgements elsewhere are for. Those then count for nothing.
    ///
    /// # Errors
    ///
    /// What the stream says: then what came before is committed, and nothing else is taken from it. Or
    /// [`PipelineError::Invalid`], [`PipelineError::Commit`] and what else stops a pipeline.
    fn commit(self, when: Every) -> Commit<Self, E>
    where
        E: From<PipelineError>,
    {
        let state = State::Running { stream: Box::pin(self) };
        Commit { state, trigger: when.0, drivers: Vec::new(), result: Ok(Report::default()) }
    }
}

impl<S: Stream<Item = Result<Done, E>>, E> CommitExt<E> for S {}

/// Commits the receipts of a stream: what [`CommitExt::commit`] returns.
#[must_use = "futures do nothing unless awaited"]
pub struct Commit<S, E> {
    state: State<S>,
    trigger: Trigger,
    /// The pipelines whose deliveries are polled below, and those that receipts have come from.
    drivers: Drivers,
    result: Result<Report, E>,
}

enum State<S> {
    Running {
        stream: Pin<Box<S>>,
    },
    /// The last commits are under way.
    Ending,
    /// The group is being left.
    Leaving {
        leaving: Pin<Box<dyn Future<Output = ()> + Send>>,
    },
    Over,
}

impl<S, E> Unpin for Commit<S, E> {}

impl<S, E> Future for Commit<S, E>
where
    S: Stream<Item = Result<Done, E>>,
    E: From<PipelineError>,
{
    type Output = Result<Report, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            match &mut this.state {
                State::Running { stream } => {
                    let end = match this.trigger.check() {
                        Err(invalid) => Err(PipelineError::from(invalid).into()),
                        Ok(()) => ready!(settle(stream.as_mut(), &mut this.drivers, this.trigger, cx)),
                    };
                    if let Err(error) = end {
                        this.result = Err(error);
                    }
                    // The stream goes, and with it what has no receipt yet.
                    this.state = State::Ending;
                }
                State::Ending => {
                    let Some(driver) = this.drivers.last() else {
                        this.state = State::Over;
                        continue;
                    };
                    let ended = ready!(driver.poll_end(cx));
                    let driver = this.drivers.pop();
                    match (ended.result, &mut this.result) {
                        (Ok(report), Ok(sum)) => *sum += report,
                        (Err(error), Ok(_)) => this.result = Err(error.into()),
                        (_, Err(_)) => {}
                    }
                    if let (Some(driver), Some(within)) = (driver, ended.leave_within) {
                        this.state = State::Leaving { leaving: driver.leave(within) };
                    }
                }
                State::Leaving { leaving } => {
                    ready!(leaving.as_mut().poll(cx));
                    this.state = State::Ending;
                }
                State::Over => {
                    return Poll::Ready(std::mem::replace(&mut this.result, Ok(Report::default())));
                }
            }
        }
    }
}

/// Settles what comes from the stream, until it ends or is not to be waited for.
fn settle<S, E>(
    mut stream: Pin<&mut S>,
    drivers: &mut Drivers,
    trigger: Trigger,
    cx: &mut Context<'_>,
) -> Poll<Result<(), E>>
where
    S: Stream<Item = Result<Done, E>>,
{
    loop {
        let known = drivers.len();
        let polled = polling(drivers, || stream.as_mut().poll_next(cx));
        if let Poll::Ready(Some(Ok(done))) = &polled {
            if !drivers.iter().any(|driver| Arc::ptr_eq(driver, done.driver())) {
                drivers.push(Arc::clone(done.driver()));
            }
        }
        drivers[known..].iter().for_each(|driver| driver.set_trigger(trigger));
        match polled {
            Poll::Ready(Some(Ok(done))) => done.settle(),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
            Poll::Ready(None) => return Poll::Ready(Ok(())),
            Poll::Pending => break,
        }
    }
    // Not the operators in between, which may be full, but the pipelines themselves.
    let mut is_cut = false;
    for driver in &*drivers {
        is_cut |= driver.drive(cx);
    }
    if is_cut { Poll::Ready(Ok(())) } else { Poll::Pending }
}

impl<S, E> Drop for Commit<S, E> {
    fn drop(&mut self) {
        // First what works on messages, and has no receipt yet.
        self.state = State::Over;
        self.drivers.iter().for_each(|driver| driver.close());
    }
}

impl<S, E> fmt::Debug for Commit<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("trigger", &self.trigger).finish_non_exhaustive()
    }
}
