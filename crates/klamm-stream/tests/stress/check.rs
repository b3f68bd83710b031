//! The checker of invariant I9 and of what stands beside it: what was delivered, against what was done.
//!
//! Time is a count of what happened: a poll has the moments when it began and ended, and so has everything that is done. What
//! moves a partition (a seek, an assignment) begins a new *generation* of it. A poll that began after that was done must
//! deliver of the new one, a poll that ended before it began of the old one, and one that overlaps it may deliver of either.

use std::{
    collections::BTreeMap,
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use klamm_core::Epoch;

/// Says what happened before what.
#[derive(Debug, Default)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) fn now(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// A message that a poll returned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    pub(crate) offset: i64,
    pub(crate) epoch: Epoch,
    /// Deliveries of one lane follow each other.
    pub(crate) lane: usize,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// What can be said of the order within a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// Another reader may have given back what comes before.
    Any,
    /// Each reader takes its share in order.
    Rising,
    /// There is one reader, and all is its.
    Gapless,
}

/// A partition from one move to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generation {
    /// The offset of the first message.
    pub(crate) start: i64,
    /// When the move began, and when it was done.
    pub(crate) moved: (u64, u64),
    /// Which of the assignments it is of.
    pub(crate) assignment: usize,
    pub(crate) order: Order,
}

/// Everything that was done to one partition.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) generations: Vec<Generation>,
    /// By assignment; unknown of one that nobody has looked at.
    pub(crate) epochs: Vec<Option<Epoch>>,
    /// When a pause was done, and when its end began.
    pub(crate) pauses: Vec<(u64, u64)>,
    /// A position, the generation that it is of, and when it was known.
    pub(crate) positions: Vec<(i64, usize, u64)>,
}

impl Account {
    /// Begins with an assignment that starts at the beginning.
    pub(crate) fn new(order: Order) -> Self {
        let first = Generation { start: 0, moved: (0, 0), assignment: 0, order };
        Self { generations: vec![first], epochs: vec![None], pauses: Vec::new(), positions: Vec::new() }
    }

    /// Notes that the partition goes on elsewhere.
    pub(crate) fn seek(&mut self, start: i64, moved: (u64, u64), order: Order) {
        let assignment = self.epochs.len() - 1;
        self.generations.push(Generation { start, moved, assignment, order });
    }

    /// Notes that the partition was assigned anew.
    pub(crate) fn assign(&mut self, start: i64, moved: (u64, u64), order: Order) {
        self.epochs.push(None);
        self.seek(start, moved, order);
    }

    pub(crate) fn present(&self) -> &Generation {
        self.generations.last().expect("there is a first")
    }

    /// Notes that less is to be expected of the order from here on.
    pub(crate) fn lower_order(&mut self, order: Order) {
        let present = self.generations.last_mut().expect("there is a first");
        present.order = present.order.min(order);
    }

    /// Returns the offsets below `end` that the present generation has yet to deliver.
    pub(crate) fn undelivered(&self, deliveries: &[Delivery], end: i64) -> Vec<i64> {
        self.undelivered_of(self.generations.len() - 1, deliveries, end)
    }

    fn undelivered_of(&self, generation: usize, deliveries: &[Delivery], end: i64) -> Vec<i64> {
        let start = self.generations[generation].start;
        let mut is_missing = vec![true; usize::try_from(end - start).unwrap_or(0)];
        for delivery in deliveries {
            if self.may_be(delivery, generation) {
                let index = usize::try_from(delivery.offset - start).expect("it is not before the start");
                is_missing.get_mut(index).into_iter().for_each(|it| *it = false);
            }
        }
        (start..end).zip(is_missing).filter(|(_, it)| *it).map(|(offset, _)| offset).collect()
    }

    fn may_be(&self, delivery: &Delivery, generation: usize) -> bool {
        let Generation { start, moved, assignment, .. } = self.generations[generation];
        let is_over = self.generations[generation + 1..].iter().any(|it| it.moved.1 < delivery.begin);
        moved.0 < delivery.end
            && !is_over
            && start <= delivery.offset
            && self.is_of(delivery.epoch, assignment)
    }

    /// Tells whether an epoch may be that of an assignment: an unknown one is none of the known.
    fn is_of(&self, epoch: Epoch, assignment: usize) -> bool {
        match self.epochs[assignment] {
            Some(known) => known == epoch,
            None => !self.epochs.contains(&Some(epoch)),
        }
    }

    fn candidates(&self, delivery: &Delivery) -> Vec<usize> {
        (0..self.generations.len()).filter(|generation| self.may_be(delivery, *generation)).collect()
    }

    pub(crate) fn note_position(&mut self, position: i64, known: u64) {
        self.positions.push((position, self.generations.len() - 1, known));
    }

    /// Learns which epoch the present assignment has.
    pub(crate) fn note_epoch(&mut self, epoch: Epoch) {
        *self.epochs.last_mut().expect("there is a first") = Some(epoch);
    }

    /// Looks whether what was delivered is right as far as it has come, and says what is not.
    pub(crate) fn verify(&self, deliveries: &[Delivery]) -> Result<(), String> {
        self.verify_once(deliveries)?;
        self.verify_order(deliveries)?;
        self.verify_pauses(deliveries)?;
        self.verify_positions(deliveries)
    }

    /// Nothing twice within a generation, and nothing of none.
    fn verify_once(&self, deliveries: &[Delivery]) -> Result<(), String> {
        let mut by_offset = BTreeMap::<i64, Vec<Vec<usize>>>::new();
        for delivery in deliveries {
            let candidates = self.candidates(delivery);
            if candidates.is_empty() {
                return Err(format!("{delivery:?} is of no generation, or of before a move"));
            }
            by_offset.entry(delivery.offset).or_default().push(candidates);
        }
        for (offset, mut candidates) in by_offset {
            candidates.sort_unstable_by_key(Vec::len);
            if !is_matched(&candidates, &mut Vec::new()) {
                let twice: Vec<_> = deliveries.iter().filter(|it| it.offset == offset).collect();
                return Err(format!("offset {offset} came more often than it may: {twice:?}"));
            }
        }
        Ok(())
    }

    fn verify_order(&self, deliveries: &[Delivery]) -> Result<(), String> {
        let mut last = BTreeMap::<usize, &Delivery>::new();
        for delivery in deliveries {
            let Some(before) = last.insert(delivery.lane, delivery) else { continue };
            let (earlier, later) = (self.candidates(before), self.candidates(delivery));
            let has_moved = earlier.first() < later.last();
            let order = earlier.iter().chain(&later).map(|it| self.generations[*it].order).min();
            let is_right = match order.filter(|_| !has_moved) {
                Some(Order::Gapless) => delivery.offset == before.offset + 1,
                Some(Order::Rising) => delivery.offset > before.offset,
                Some(Order::Any) | None => true,
            };
            if !is_right {
                return Err(format!("{delivery:?} came after {before:?}"));
            }
        }
        Ok(())
    }

    fn verify_pauses(&self, deliveries: &[Delivery]) -> Result<(), String> {
        for (paused, resumed) in &self.pauses {
            if let Some(delivery) = deliveries.iter().find(|it| it.begin > *paused && it.end < *resumed) {
                return Err(format!("{delivery:?} came in a pause from {paused} to {resumed}"));
            }
        }
        Ok(())
    }

    /// No position is beyond what was not delivered.
    fn verify_positions(&self, deliveries: &[Delivery]) -> Result<(), String> {
        for (position, generation, known) in &self.positions {
            let start = self.generations[*generation].start;
            let before: Vec<_> = deliveries.iter().filter(|it| it.begin < *known).copied().collect();
            let skipped = self.undelivered_of(*generation, &before, *position);
            if *position < start || !skipped.is_empty() {
                return Err(format!(
                    "position {position} at {known}, from {start} on, is beyond {skipped:?}"
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for generation in &self.generations {
            writeln!(f, "  {generation:?} {:?}", self.epochs[generation.assignment])?;
        }
        writeln!(f, "  pauses {:?}", self.pauses)
    }
}

/// Finds for each delivery a generation of its own.
fn is_matched(candidates: &[Vec<usize>], taken: &mut Vec<usize>) -> bool {
    let Some((first, rest)) = candidates.split_first() else { return true };
    first.iter().any(|generation| {
        if taken.contains(generation) {
            return false;
        }
        taken.push(*generation);
        let is_found = is_matched(rest, taken);
        taken.pop();
        is_found
    })
}
