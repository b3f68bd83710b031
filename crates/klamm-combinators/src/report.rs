//! What a pipeline has done.

/// What a pipeline has done, when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Messages whose handler succeeded.
    pub processed: u64,
    /// Messages that were started and not finished, because their partition was lost. They are delivered again.
    pub abandoned: u64,
    /// Messages that are committed, among the processed.
    pub committed: u64,
    /// Commit requests that were answered.
    pub commits: u64,
}
