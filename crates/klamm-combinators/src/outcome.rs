//! What a handler says of a message that it is done with.

/// What a handler says of a message that it is done with. `()` means [`Done`](Self::Done).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was processed.
    Done,
    /// It was looked at and passed over, for this reason. It is committed as if it had been processed, and counted apart.
    Skip(&'static str),
}

/// What a handler may return when it succeeds: `()` or an [`Outcome`].
pub trait IntoOutcome {
    /// Returns the outcome.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for () {
    #[inline]
    fn into_outcome(self) -> Outcome {
        Outcome::Done
    }
}

impl IntoOutcome for Outcome {
    #[inline]
    fn into_outcome(self) -> Outcome {
        self
    }
}
