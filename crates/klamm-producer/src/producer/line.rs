//! Records for which there is no room in librdkafka's queue.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

use super::{Returns, shared::Shared};
use crate::{
    Delivery, DeliveryError, Record,
    delivery::{Leaving, Waiting},
};

/// The records for which there was no room in librdkafka's queue, in the order of their sends. They are handed over when
/// reports have made room, whether their deliveries are awaited or not, and before any record that is sent later.
#[derive(Default)]
pub(crate) struct Line {
    /// Each with its record, unless that was given up.
    waiting: Mutex<VecDeque<Arc<Waiting>>>,
    len: AtomicUsize,
}

impl Line {
    /// Tells whether nobody is in line, which is then over for what is sent from here on.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len.load(Ordering::Acquire) == 0
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done about records that have left the line, once it is not locked.
#[derive(Default)]
struct Left {
    wakers: Vec<Waker>,
    /// Records that have come to an end.
    ended: usize,
}

impl Left {
    fn add(&mut self, waker: Option<Waker>, is_sent: bool) {
        self.wakers.extend(waker);
        self.ended += usize::from(!is_sent);
    }

    fn settle(self, returns: &Returns) {
        returns.ended(self.ended);
        self.wakers.into_iter().for_each(Waker::wake);
    }
}

impl Shared {
    /// Puts a record at the end of the line.
    #[cold]
    pub(super) fn wait_in_line(&self, record: Box<Record>) -> Delivery {
        let mut line = self.line.lock();
        if self.is_closed() {
            drop(line);
            self.returns.ended(1);
            return Delivery::refused(DeliveryError::Closed { record }, Arc::clone(&self.returns));
        }
        let waiting = Arc::new(Waiting::new(record, Arc::clone(&self.returns)));
        line.push_back(Arc::clone(&waiting));
        // Known to be in line before it is looked for room: room that came before is noticed here, and room that comes later by
        // who reads reports.
        self.line.len.store(line.len(), Ordering::Release);
        let left = self.advance_locked(&mut line);
        drop(line);
        left.settle(&self.returns);
        Delivery::waiting(waiting)
    }

    /// Tells whether nothing waits for room.
    pub(crate) fn is_line_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Hands over what is in line, as far as there is room.
    #[inline]
    pub(crate) fn advance(&self) {
        if !self.line.is_empty() {
            let left = self.advance_locked(&mut self.line.lock());
            left.settle(&self.returns);
        }
    }

    fn advance_locked(&self, line: &mut VecDeque<Arc<Waiting>>) -> Left {
        let mut left = Left::default();
        while let Some(waiting) = line.front() {
            let leaving = waiting.leave(|mut record| match self.hand_over(&mut record) {
                Ok(sent) => Ok(Ok(sent)),
                Err(refusal) => match refusal.of(record) {
                    Ok(record) => Err(record),
                    Err(error) => Ok(Err(error)),
                },
            });
            match leaving {
                Leaving::Yes { waker, is_sent } => left.add(waker, is_sent),
                Leaving::Gone => {}
                Leaving::NoRoom => break,
            }
            line.pop_front();
        }
        self.line.len.store(line.len(), Ordering::Release);
        left
    }

    /// Gives up what is in line, and returns how many those are.
    pub(crate) fn disperse(&self, why: impl Fn(Box<Record>) -> DeliveryError) -> usize {
        let mut left = Left::default();
        let mut line = self.line.lock();
        for waiting in line.drain(..) {
            if let Leaving::Yes { waker, is_sent } = waiting.leave(|record| Ok(Err(why(record)))) {
                left.add(waker, is_sent);
            }
        }
        self.line.len.store(0, Ordering::Release);
        drop(line);
        let given_up = left.ended;
        left.settle(&self.returns);
        given_up
    }
}
