//! The check of invariant I9: everything comes to rest, and nothing is left to deliver.

use std::sync::{Arc, atomic::Ordering};

use crate::{
    run::{Outcome, Reader, Run, WITHIN, len},
    schedule::{Kind, Schedule},
    seat::{Rest, Seat},
};

impl Run<'_> {
    /// Waits until everything is delivered that is not paused, and every reader is parked. Nothing is done meanwhile that
    /// could wake one.
    pub(super) fn settle(&mut self) -> Outcome {
        self.finish_writing()?;
        self.unhold()?;
        let log = Arc::clone(&self.log);
        // In this order: a reader that parks later has delivered nothing since.
        let is_settled = log.wait(WITHIN, || {
            // One that is still held was waiting, and has nothing in its hands.
            let is_parked = |reader: &Reader| match reader.seat.rest() {
                Rest::Parked => true,
                Rest::HeldParked | Rest::HeldReady => reader.is_held() || reader.is_dozing,
                Rest::Busy | Rest::Over => false,
            };
            self.undelivered().is_empty() && self.unread().is_empty() && self.readers.iter().all(is_parked)
        });
        if is_settled {
            return Ok(());
        }
        let rests: Vec<_> = self.readers.iter().map(|it| (it.seat.kind, it.seat.rest())).collect();
        let (undelivered, unread) = (self.undelivered(), self.unread());
        Err(format!("I9: undelivered {undelivered:?}, positions {unread:?}, readers {rests:?}"))
    }

    /// Waits until something is in the hands of a reader that is not polled, or everything is delivered.
    pub(super) fn arrive(&mut self) -> Outcome {
        self.finish_writing()?;
        let log = Arc::clone(&self.log);
        let is_held = |reader: &Reader| matches!(reader.seat.rest(), Rest::HeldParked | Rest::HeldReady);
        let has_arrived =
            log.wait(WITHIN, || self.undelivered().is_empty() || self.readers.iter().any(is_held));
        if has_arrived { Ok(()) } else { Err(format!("I9: undelivered {:?}", self.undelivered())) }
    }

    /// Polls again whoever may have something in its hands, and one at least. A stream that waits may go on doing so.
    fn unhold(&mut self) -> Outcome {
        let log = Arc::clone(&self.log);
        let is_held = |reader: &Reader| matches!(reader.seat.rest(), Rest::HeldParked | Rest::HeldReady);
        if !log.wait(WITHIN, || self.readers.iter().filter(|it| it.is_held()).all(is_held)) {
            return Err("a reader is not to be held".to_owned());
        }
        let mut has_reader = self.readers.iter().any(|reader| !reader.is_held() && !reader.is_dozing);
        for reader in &mut self.readers {
            let may_stay = reader.is_dozing || reader.is_held() && reader.seat.rest() == Rest::HeldParked;
            if has_reader && may_stay && reader.seat.kind != Kind::Partitions {
                continue;
            }
            reader.allow(usize::MAX);
            has_reader = true;
        }
        Ok(())
    }

    /// What is written, and neither delivered nor paused.
    fn undelivered(&self) -> Vec<(i32, Vec<i64>)> {
        let deliveries = self.log.deliveries();
        let missing = self.unpaused().map(|it| {
            let index = len(it);
            (it, self.accounts[index].undelivered(&deliveries[index], self.written[index]))
        });
        missing.filter(|(_, missing)| !missing.is_empty()).collect()
    }

    /// The positions that are not at the end. What a poll has delivered while a seek was under way may have been of before:
    /// the position tells whether it comes again.
    fn unread(&self) -> Vec<(i32, Option<i64>)> {
        let positions = self.unpaused().map(|it| (it, self.position(it)));
        let is_behind = |(partition, position): &(i32, Option<i64>)| {
            let index = len(*partition);
            let nothing = self.accounts[index].present().start;
            position.unwrap_or(nothing) != self.written[index]
        };
        positions.filter(is_behind).collect()
    }

    fn unpaused(&self) -> impl Iterator<Item = i32> {
        self.all().filter(|it| !self.paused.contains_key(it))
    }
}

/// How often a reader was polled, and woken.
pub(crate) struct Polls {
    kind: Kind,
    count: usize,
    wakes: usize,
}

impl Polls {
    pub(crate) fn of(seat: &Seat) -> Self {
        let (count, wakes) = (seat.polls.load(Ordering::Relaxed), seat.wakes.load(Ordering::Relaxed));
        Self { kind: seat.kind, count, wakes }
    }

    /// No reader is polled or woken out of proportion to what there was to deliver, and to do.
    pub(crate) fn verify(&self, delivered: usize, schedule: &Schedule) -> Outcome {
        let limit = 200 + 4 * delivered + 40 * schedule.steps.len();
        let Self { kind, count, wakes } = self;
        if *count > limit || *wakes > limit {
            return Err(format!("{kind:?}: {count} polls, {wakes} wakes, for {delivered} messages"));
        }
        Ok(())
    }
}
