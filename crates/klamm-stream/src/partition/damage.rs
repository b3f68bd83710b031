//! A batch of the log that cannot be read, and how its end is found.
//!
//! Brokers send batches unchecked, so one that is damaged on a disk arrives as an error item that names the batch's first
//! offset, and librdkafka stays in front of it. Behind that item librdkafka 2.12.1 reads on somewhere inside of the batch
//! (`rd_kafka_msgset_reader_v2` skips to a length where a position is meant), takes bytes for an offset, fetches from there,
//! and is sent where `auto.offset.reset` says, which may even overtake a seek that was asked for meanwhile.
//!
//! Nobody says where the batch ends, so that is tried: an offset inside of it yields the same error. An answer that does not
//! fit the offset that was tried is not believed, and what decides is asked for twice.

use klamm_core::ErrorCode;

/// How many answers in a row that do not fit are not believed. A log with gaps, such as a compacted one, may give such.
const DOUBTS: u32 = 8;

/// A batch that cannot be read, while its end is looked for.
#[derive(Debug)]
pub(super) struct Damage {
    code: ErrorCode,
    /// The batch's first offset.
    first: i64,
    /// The highest offset that is known to be inside.
    inside: i64,
    /// The lowest offset that is known to be behind it.
    behind: Option<i64>,
    /// How far the next try reaches as long as nothing behind is known.
    reach: i64,
    /// Whether the last offset inside was confirmed.
    is_confirmed: bool,
    /// The offset after the log's last when it was last asked where to read, if known.
    end: Option<i64>,
    step: Step,
    doubts: u32,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing until the next offset is asked for.
    Idle,
    /// What comes from this offset tells only whether it is inside.
    Try(i64),
    /// The same for the last offset inside.
    Confirm(i64),
    /// What comes from this offset is to be delivered.
    GoOn(i64),
}

impl Damage {
    /// Begins if this is the error of a damaged batch; `position` is what was to be read.
    pub(super) fn begin(code: ErrorCode, first: i64, position: i64) -> Option<Self> {
        let is_damage = Self::is_told_by(code) && first >= 0;
        let inside = first.max(position);
        is_damage.then_some(Self {
            code,
            first,
            inside,
            behind: None,
            reach: 1,
            is_confirmed: false,
            end: None,
            step: Step::Idle,
            doubts: 0,
        })
    }

    /// Tells whether a code says that a batch is damaged.
    pub(super) fn is_told_by(code: ErrorCode) -> bool {
        matches!(code, ErrorCode::BAD_MSG | ErrorCode::BAD_COMPRESSION)
    }

    /// Returns where to read next: again from the same offset if nothing believable came from there.
    ///
    /// `end` is the offset after the log's last, if known: a batch ends there at the latest.
    pub(super) fn next(&mut self, end: Option<i64>) -> i64 {
        self.end = end;
        if self.step == Step::Idle {
            self.step = self.next_step(end.filter(|end| *end > self.inside));
        }
        let (Step::Try(offset) | Step::Confirm(offset) | Step::GoOn(offset)) = self.step else {
            return self.first;
        };
        offset
    }

    /// Tells whether the batch begins at this offset or below.
    pub(super) fn begins_by(&self, offset: i64) -> bool {
        self.first <= offset
    }

    /// Tells whether the batch is the log's last, so that nothing comes until something is written.
    pub(super) fn is_last(&self, end: Option<i64>) -> bool {
        end.is_some_and(|end| self.step == Step::GoOn(end))
    }

    fn next_step(&mut self, end: Option<i64>) -> Step {
        if self.behind.is_none() && end.is_some_and(|end| self.inside.saturating_add(self.reach) >= end) {
            self.behind = end;
        }
        match (self.behind, end) {
            (Some(behind), _) if behind - self.inside == 1 => {
                if self.is_confirmed {
                    Step::GoOn(behind)
                } else {
                    Step::Confirm(self.inside)
                }
            }
            (Some(behind), _) => Step::Try(self.inside + (behind - self.inside) / 2),
            (None, Some(_)) => Step::Try(self.inside + self.reach),
            // The next offset exists, if only as the one to be written next.
            (None, None) => Step::Try(self.inside + 1),
        }
    }

    /// Takes what came: a message's offset, or an error in its place. Tells whether that is to be delivered, and all over.
    pub(super) fn answer(&mut self, message: Option<i64>, error: Option<(ErrorCode, i64)>) -> bool {
        let error = error.filter(|_| message.is_none());
        let is_inside = error == Some((self.code, self.first));
        let came = message.or(error.map(|(_, offset)| offset));
        let (Step::Try(offset) | Step::Confirm(offset) | Step::GoOn(offset)) = self.step else {
            return false;
        };
        let lowest = if error.is_some() { self.first + 1 } else { offset };
        let fits = came
            .is_some_and(|came| came == offset || came >= lowest && self.end.is_some_and(|end| came < end));
        if !is_inside && !fits && self.doubts < DOUBTS {
            self.doubts += 1;
            return false;
        }
        self.doubts = 0;
        let step = std::mem::replace(&mut self.step, Step::Idle);
        self.is_confirmed = is_inside && matches!(step, Step::Confirm(_));
        match step {
            Step::GoOn(_) if !is_inside => return true,
            Step::Confirm(_) if is_inside => {}
            // An answer before this one was none of this batch's.
            Step::Confirm(_) => (self.inside, self.behind, self.reach) = (self.first, Some(offset), 1),
            Step::GoOn(_) => (self.inside, self.behind, self.reach) = (offset, None, 1),
            _ if is_inside => {
                self.inside = offset;
                self.reach = self.reach.saturating_mul(2);
            }
            _ => self.behind = Some(offset),
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: ErrorCode = ErrorCode::BAD_MSG;

    /// Looks for the end of a batch in a log that ends before `end`, and returns how many offsets were tried. Whether an
    /// answer comes from somewhere else is for `strays` to say.
    fn check(
        first: i64,
        position: i64,
        behind: i64,
        end: i64,
        mut strays: impl FnMut(usize) -> Option<i64>,
    ) -> usize {
        let mut damage = Damage::begin(CODE, first, position).unwrap();
        for tries in 0..1_000 {
            let wanted = damage.next(Some(end));
            let from = strays(tries).unwrap_or(wanted);
            let is_inside = (first..behind).contains(&from);
            let (message, error) = if is_inside { (None, Some((CODE, first))) } else { (Some(from), None) };
            if damage.answer(message, error) {
                assert_eq!(from, behind, "{first}, {position}, {end}");
                return tries;
            }
        }
        panic!("{damage:?} is never over");
    }

    #[test]
    fn the_end_is_found_exactly() {
        for length in 1..200 {
            for more in 0..50 {
                for position in [0, 100, 100 + length / 2] {
                    check(100, position, 100 + length, 100 + length + more, |_| None);
                }
            }
        }
    }

    #[test]
    fn few_offsets_are_tried() {
        assert!(check(0, 0, 10_000, 1_000_000, |_| None) < 35);
        assert!(check(0, 0, 10_000, 10_000, |_| None) < 35);
    }

    #[test]
    fn without_the_logs_end_each_offset_is_tried() {
        let mut damage = Damage::begin(CODE, 0, 0).unwrap();
        for offset in 1..50 {
            assert_eq!(damage.next(None), offset);
            assert!(!damage.answer(None, Some((CODE, 0))));
        }
        assert_eq!(damage.next(None), 50);
        assert!(!damage.answer(Some(50), None));
        assert_eq!(damage.next(None), 49, "what decides is asked for twice");
    }

    #[test]
    fn an_answer_from_elsewhere_changes_nothing() {
        // The log's end, its beginning that is whole, and its beginning that is the very batch.
        for stray in 0..30 {
            check(100, 100, 300, 1_000, |tries| (tries == stray).then_some(1_000));
            check(100, 100, 300, 1_000, |tries| (tries == stray).then_some(0));
            check(0, 0, 200, 1_000, |tries| (tries == stray).then_some(0));
        }
    }

    #[test]
    fn gaps_in_the_log_are_believed_in_the_end() {
        let mut damage = Damage::begin(CODE, 0, 0).unwrap();
        // Nothing is left but the batch 0 to 3 and what is written next, at 100.
        for _ in 0..100 {
            let inside = damage.next(Some(100)) < 4;
            let (message, error) = if inside { (None, Some((CODE, 0))) } else { (Some(100), None) };
            if damage.answer(message, error) {
                return;
            }
        }
        panic!("{damage:?}");
    }

    #[test]
    fn other_errors_are_no_damage() {
        assert!(Damage::begin(ErrorCode::AUTO_OFFSET_RESET, 5, 5).is_none());
        assert!(Damage::begin(CODE, -1, 5).is_none());
    }
}
