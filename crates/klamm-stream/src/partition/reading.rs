//! Whether a partition has a stream of its own, and what that stream is told at the end.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use klamm_core::{
    Epoch,
    contract::{Event, Lost, Revoked},
};

use crate::feed_box::FeedBox;

/// Why the stream of a partition has ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum PartitionEnd {
    /// The group wants the partition back. The rebalance waits until the token is dropped; until then what was delivered
    /// can still be [committed](crate::Consumer::commit).
    Revoked(Revoked),
    /// The consumer is being closed, which waits in the same way.
    Closed(Revoked),
    /// The partition is gone, and another member may be reading it already: nothing more of it can be committed.
    Lost,
}

impl PartitionEnd {
    /// Has an earlier end, which nobody has heard, last as long as this one's token.
    fn together_with(self, earlier: Option<Self>) -> Self {
        let Some(earlier) = earlier else { return self };
        let both = |token: Revoked| {
            let (epochs, deadline) = (token.epochs().to_vec(), token.deadline());
            Revoked::new(epochs, deadline, move || drop((token, earlier)))
        };
        match self {
            Self::Revoked(token) => Self::Revoked(both(token)),
            Self::Closed(token) => Self::Closed(both(token)),
            Self::Lost => Self::Lost,
        }
    }

    /// Returns what a pipeline is told instead.
    fn into_event(self, epoch: Epoch) -> Event {
        match self {
            Self::Revoked(token) | Self::Closed(token) => Event::Revoked(token),
            Self::Lost => Event::Lost(Lost { epochs: vec![epoch] }),
        }
    }
}

/// Whether a partition has a stream of its own, and what that stream is told at the end.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// An end was told, or there was nobody to hear it.
    is_over: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    /// Each assignment is handed out once, unless somebody asks for all that nobody reads.
    was_opened: bool,
    /// Somebody has asked for what nobody reads, while this was read.
    is_offered: bool,
    end: Option<PartitionEnd>,
    /// The pipeline that reads it, which hears of what happens in its own way.
    pipeline: Option<Pipeline>,
}

#[derive(Clone, Debug)]
struct Pipeline {
    epoch: Epoch,
    events: Arc<FeedBox>,
}

impl Reading {
    /// Opens the stream, unless there is or was one.
    pub(crate) fn open(&self) -> bool {
        let mut state = self.lock();
        let is_first = !std::mem::replace(&mut state.was_opened, true);
        state.is_open |= is_first;
        is_first
    }

    /// Lets a stream be opened anew, if there is none.
    pub(crate) fn offer(&self) {
        let mut state = self.lock();
        state.was_opened = state.is_open;
        state.is_offered = state.is_open;
    }

    /// Tells the stream why it ends. Without one `end` is dropped, and with it the hold.
    pub(crate) fn end(&self, end: PartitionEnd) {
        let mut state = self.lock();
        if let Some(Pipeline { epoch, events }) = state.pipeline.clone() {
            drop(state);
            events.send(end.into_event(epoch));
        } else {
            let left = if !state.is_open {
                Some(end)
            } else if matches!(end, PartitionEnd::Lost) {
                state.end.replace(end)
            } else {
                // Who waits for the earlier token waits until the stream is done with the later one.
                let earlier = state.end.take();
                state.end = Some(end.together_with(earlier));
                None
            };
            drop(state);
            drop(left);
        }
        self.is_over.store(true, Ordering::Release);
    }

    /// Tells whether the stream was told why it ends.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Tells the pipeline that a rebalance is over, if one reads it: what was parked until then can go on.
    pub(crate) fn rebalanced(&self) {
        let pipeline = self.lock().pipeline.clone();
        if let Some(pipeline) = pipeline {
            pipeline.events.send(Event::Assigned(Vec::new()));
        }
    }

    /// Has a pipeline hear of what happens, in the stream's place, until it is [let go](Self::detach).
    pub(crate) fn attach(&self, epoch: Epoch, events: &Arc<FeedBox>) {
        let mut state = self.lock();
        if let Some(end) = state.end.take() {
            events.send(end.into_event(epoch));
        }
        state.pipeline = Some(Pipeline { epoch, events: Arc::clone(events) });
    }

    /// Lets the pipeline go.
    pub(crate) fn detach(&self) {
        let left = self.lock().pipeline.take();
        drop(left);
    }

    pub(crate) fn take_end(&self) -> Option<PartitionEnd> {
        self.lock().end.take()
    }

    /// Notes that the stream is gone.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_open = false;
        state.was_opened = !std::mem::take(&mut state.is_offered);
        let left = state.end.take();
        drop(state);
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Instant};

    use super::*;

    #[test]
    fn an_assignment_is_handed_out_once_unless_it_is_offered_again() {
        let reading = Reading::default();
        assert!(reading.open() && !reading.open());
        reading.close();
        assert!(!reading.open());
        reading.offer();
        assert!(reading.open());
        reading.offer();
        assert!(!reading.open(), "it is being read");
        reading.close();
        assert!(reading.open(), "it was asked for meanwhile");
    }

    #[test]
    fn an_end_that_nobody_hears_is_dropped() {
        let tokens = Arc::new(());
        let token = || {
            let held = Arc::clone(&tokens);
            Revoked::new(Vec::new(), Instant::now(), move || drop(held))
        };
        let held = || Arc::strong_count(&tokens) - 1;
        let reading = Reading::default();
        reading.end(PartitionEnd::Revoked(token()));
        assert_eq!(held(), 0, "there is no stream");
        assert!(reading.open());
        reading.end(PartitionEnd::Revoked(token()));
        assert_eq!(held(), 1, "the stream is to hear of it");
        reading.end(PartitionEnd::Lost);
        assert_eq!(held(), 0, "it overran its deadline");
        assert!(matches!(reading.take_end(), Some(PartitionEnd::Lost)));
        reading.end(PartitionEnd::Revoked(token()));
        reading.end(PartitionEnd::Closed(token()));
        assert_eq!(held(), 2, "the first waits for the second");
        let end = reading.take_end();
        assert!(matches!(end, Some(PartitionEnd::Closed(_))), "{end:?}");
        drop(end);
        assert_eq!(held(), 0);
        reading.end(PartitionEnd::Closed(token()));
        assert_eq!(held(), 1);
        reading.close();
        assert_eq!(held(), 0);
    }
}
