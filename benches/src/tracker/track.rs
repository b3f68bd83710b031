//! What is measured.

/// Which messages of a partition are done.
pub(crate) trait Track {
    /// A message that was started, to be settled.
    type Open: Copy + Send;

    /// Starts the message at an offset.
    fn start(&mut self, offset: i64) -> Self::Open;

    /// Says that a message is done.
    fn settle(&mut self, open: Self::Open);

    /// Returns the offset before which everything is done.
    fn done(&mut self) -> i64;
}
