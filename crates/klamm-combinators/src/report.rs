//! What a pipeline has done.

use std::ops::AddAssign;

/// What a pipeline has done, when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Messages whose handler succeeded, without those it skipped.
    pub processed: u64,
    /// Messages that their handler passed over.
    pub skipped: u64,
    /// Messages that were started and whose handler was dropped: their partition was lost, its revoke was not waited for
    /// or not long enough, it was stuck, or the time to drain was over. They are delivered again.
    pub abandoned: u64,
    /// Messages that were finished after their partition had gone. They count for nothing and are delivered again.
    pub stale: u64,
    /// Messages that are committed, among those processed and skipped.
    pub committed: u64,
    /// Commit requests that were answered.
    pub commits: u64,
    /// Transactions that were aborted. Their messages were handled again, or are delivered again, and count each time.
    pub aborts: u64,
    /// Revokes that were held until what had been started was done and committed, or their time was over.
    pub revokes: u64,
}

/// Adds up what several pipelines have done.
impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.processed += other.processed;
        self.skipped += other.skipped;
        self.abandoned += other.abandoned;
        self.stale += other.stale;
        self.committed += other.committed;
        self.commits += other.commits;
        self.aborts += other.aborts;
        self.revokes += other.revokes;
    }
}
