//! Saying that a message is done.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::{driver::Drive, ledger::Mark};
use crate::Outcome;

/// The right, and the duty, to say that one message is done.
///
/// It can be used once, and may be used on any thread. What dropping it means is said by
/// [`on_drop`](crate::Records::on_drop).
#[derive(Debug)]
#[must_use = "a message that is never acknowledged holds up the commits of its partition"]
pub struct Ack(Part);

/// A receipt: the message is done, and may be committed.
///
/// Only [`commit`](crate::CommitExt::commit) can use it. Dropping it instead means the same as dropping its [`Ack`].
#[derive(Debug)]
#[must_use = "what is done is committed by `commit`, and only by that"]
pub struct Done {
    part: Part,
    outcome: Outcome,
}

/// All of a message, or one of the parts it was forked into.
#[derive(Debug)]
enum Part {
    Whole(Mark),
    Forked(Arc<Forked>),
}

/// A message that is done when all its parts are.
#[derive(Debug)]
struct Forked {
    left: AtomicUsize,
    driver: Arc<dyn Drive>,
    // Dropped with the last part, unless all were done.
    mark: Mutex<Option<Mark>>,
}

impl Ack {
    pub(super) fn new(mark: Mark) -> Self {
        Self(Part::Whole(mark))
    }

    /// Says that the message was processed.
    pub fn done(self) -> Done {
        Done { part: self.0, outcome: Outcome::Done }
    }

    /// Says that the message was looked at and passed over, for this reason.
    pub fn skipped(self, reason: &'static str) -> Done {
        Done { part: self.0, outcome: Outcome::Skip(reason) }
    }

    /// Divides the duty: the message is done when all `N` parts are, in whatever order and on whatever threads.
    ///
    /// An acknowledgement for nobody does not compile:
    ///
    /// ```compile_fail
    /// # let ack: Option<klamm_combinators::Ack> = None;
    /// # if let Some(ack) = ack {
    /// let [] = ack.fork::<0>();
    /// # }
    /// ```
    pub fn fork<const N: usize>(self) -> [Self; N] {
        const { assert!(N > 0, "somebody must acknowledge") };
        let (mark, driver) = match self.0 {
            Part::Whole(mark) => {
                let driver = Arc::clone(mark.driver());
                (mark, driver)
            }
            Part::Forked(forked) => return forked.fork(),
        };
        let forked = Arc::new(Forked { left: AtomicUsize::new(N), driver, mark: Mutex::new(Some(mark)) });
        std::array::from_fn(|_| Self(Part::Forked(Arc::clone(&forked))))
    }
}

impl Forked {
    /// Divides one part again.
    fn fork<const N: usize>(self: Arc<Self>) -> [Ack; N] {
        self.left.fetch_add(N - 1, Ordering::Relaxed);
        std::array::from_fn(|_| Ack(Part::Forked(Arc::clone(&self))))
    }
}

impl Done {
    pub(super) fn driver(&self) -> &Arc<dyn Drive> {
        match &self.part {
            Part::Whole(mark) => mark.driver(),
            Part::Forked(forked) => &forked.driver,
        }
    }

    /// Marks the message done, if this is all of it that was missing.
    pub(super) fn settle(self) {
        match self.part {
            Part::Whole(mark) => mark.settle(self.outcome),
            Part::Forked(forked) => {
                if forked.left.fetch_sub(1, Ordering::AcqRel) > 1 {
                    return;
                }
                let mark = forked.mark.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(mark) = mark {
                    mark.settle(self.outcome);
                }
            }
        }
    }
}
