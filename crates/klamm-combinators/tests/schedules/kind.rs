//! The kinds of pipelines, and what holds of each.

use klamm_combinators::{ProcessError, Records, Report};
use klamm_stream::Consumer;
use klamm_testing::{check::Lane, history::Watched};

use crate::work::{No, Work};

/// A kind of pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// `process`
    Serial,
    /// `by_partition`
    ByPartition,
    /// `by_key(n)`
    ByKey(usize),
    /// `unordered(n)`
    Unordered(usize),
    /// `process_shared` after `by_key(n)`
    Shared(usize),
}

impl Kind {
    /// Runs a pipeline.
    pub(crate) async fn run(
        self,
        records: Records<Watched<Consumer>>,
        work: Work,
    ) -> Result<Report, ProcessError<No>> {
        match self {
            Self::Serial => records.process(async move |message| work.handle(message).await).await,
            Self::ByPartition => {
                records.by_partition().process(async move |message| work.handle(message).await).await
            }
            Self::ByKey(at_once) => {
                records.by_key(at_once).process(async move |message| work.handle(message).await).await
            }
            Self::Shared(at_once) => {
                let handler = |message| {
                    let work = &work;
                    async move { work.handle(&message).await }
                };
                records.by_key(at_once).process_shared(handler).await
            }
            Self::Unordered(at_once) => {
                records.unordered(at_once).process(async move |message| work.handle(message).await).await
            }
        }
    }

    /// Returns how many handlers a member runs at once.
    pub(crate) fn at_once(self) -> usize {
        match self {
            Self::Serial => 1,
            Self::ByPartition => usize::MAX,
            Self::ByKey(at_once) | Self::Unordered(at_once) | Self::Shared(at_once) => at_once,
        }
    }

    /// Returns what is handled in order, if anything is.
    pub(crate) fn lane(self) -> Option<Lane> {
        match self {
            Self::Serial => Some(Lane::Member),
            Self::ByPartition => Some(Lane::Partition),
            Self::ByKey(_) | Self::Shared(_) => Some(Lane::Key),
            Self::Unordered(_) => None,
        }
    }
}
