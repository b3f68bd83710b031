//! Tasks that read one topic together.

use std::{
    future::{Future, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use anyhow::{Context, Result};
use futures_util::{Stream, StreamExt};
use tokio::{
    runtime::{self, Runtime},
    sync::Notify,
    task::JoinSet,
    time::timeout,
};

use crate::{area::Meter, live::Log, measure::Work};

/// How long reading may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// How many messages a worker counts by itself before it tells the others.
const ALONE: usize = 100;

/// What all workers have read.
#[derive(Clone, Debug)]
pub(super) struct Tally(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    wanted: usize,
    messages: AtomicUsize,
    bytes: AtomicUsize,
    is_reached: Notify,
}

impl Tally {
    pub(super) fn new(wanted: usize) -> Self {
        let counts = Counts { wanted, messages: 0.into(), bytes: 0.into(), is_reached: Notify::new() };
        Self(Arc::new(counts))
    }

    /// Adds what one has read, and leaves nothing of it.
    pub(super) fn add(&self, work: &mut Work) {
        let Work { messages, bytes } = std::mem::take(work);
        if messages > 0 {
            self.0.bytes.fetch_add(bytes, Ordering::AcqRel);
            if self.0.messages.fetch_add(messages, Ordering::AcqRel) + messages >= self.0.wanted {
                self.0.is_reached.notify_one();
            }
        }
    }

    /// Counts a message that one worker has read.
    #[inline]
    pub(super) fn count(&self, work: &mut Work, bytes: usize) {
        work.add(bytes);
        if work.messages == ALONE {
            self.add(work);
        }
    }

    /// Waits until all is read.
    pub(super) async fn reached(&self) {
        self.0.is_reached.notified().await;
    }

    fn work(&self) -> Work {
        Work {
            messages: self.0.messages.load(Ordering::Acquire),
            bytes: self.0.bytes.load(Ordering::Acquire),
        }
    }
}

/// Reads a stream until it ends or has an error; `bytes` returns the length of an item's payload.
pub(super) async fn read<S: Stream + Unpin>(
    mut stream: S,
    tally: &Tally,
    bytes: impl Fn(&S::Item) -> Option<usize>,
) {
    let mut work = Work::default();
    poll_fn(|cx| {
        loop {
            match stream.poll_next_unpin(cx) {
                Poll::Ready(item) => match item.as_ref().and_then(&bytes) {
                    Some(bytes) => tally.count(&mut work, bytes),
                    None => return Poll::Ready(()),
                },
                Poll::Pending => {
                    tally.add(&mut work);
                    return Poll::Pending;
                }
            }
        }
    })
    .await;
}

/// Makes a runtime with a thread for each worker.
pub(super) fn runtime() -> Result<Runtime> {
    Ok(runtime::Builder::new_multi_thread().worker_threads(Log::WORKERS).enable_time().build()?)
}

/// Has workers read until all messages are read, and measures that.
///
/// # Errors
///
/// If it takes more than a minute.
pub(super) fn measure<F: Future<Output = ()> + Send + 'static>(
    log: &Log,
    runtime: &Runtime,
    meter: &mut Meter<'_>,
    worker: impl Fn(Tally) -> F,
) -> Result<()> {
    let mut outcome = Ok(());
    meter(&mut || {
        let tally = Tally::new(log.messages());
        let workers = (0..Log::WORKERS).map(|_| worker(tally.clone()));
        runtime.block_on(async {
            let mut running = JoinSet::new();
            workers.for_each(|worker| drop(running.spawn(worker)));
            let reached = timeout(DEADLINE, tally.reached()).await;
            outcome = reached.with_context(|| format!("only {:?} was read in time", tally.work()));
            running.shutdown().await;
        });
        tally.work()
    });
    outcome
}
