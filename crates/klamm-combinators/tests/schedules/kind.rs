//! The kinds of pipelines, and what holds of each.

use std::time::Duration;

use futures_util::TryStreamExt;
use klamm_combinators::{CommitExt, PipelineError, ProcessError, Records, RecordsExt, Report, every};
use klamm_core::{Message, TopicPartition};
use klamm_stream::Consumer;
use klamm_testing::{
    check::Lane,
    history::{Member, Watched},
};

use crate::{
    apart,
    work::{No, Work},
};

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
    /// `deliveries`, up to so many at once, and `commit`
    ByHand(usize),
    /// `process` of each of `partitions`
    Apart,
}

impl Kind {
    /// Runs a pipeline, or one for each partition.
    pub(crate) async fn run(
        self,
        consumer: Consumer,
        member: Member,
        commit_every: (usize, Duration),
        work: Work,
    ) -> Result<Report, ProcessError<No>> {
        let (count, interval) = commit_every;
        let records = || member.watch(consumer.clone()).records().commit_every(count, interval);
        match self {
            Self::Apart => apart::run(&consumer, &member, commit_every, &work).await,
            Self::Serial => records().process(async move |message| work.handle(message).await).await,
            Self::ByPartition => {
                records().by_partition().process(async move |message| work.handle(message).await).await
            }
            Self::ByKey(at_once) => {
                records().by_key(at_once).process(async move |message| work.handle(message).await).await
            }
            Self::Shared(at_once) => {
                let handler = |message| {
                    let work = &work;
                    async move { work.handle(&message).await }
                };
                records().by_key(at_once).process_shared(handler).await
            }
            Self::ByHand(at_once) => by_hand(records(), at_once, commit_every, work).await,
            Self::Unordered(at_once) => {
                records().unordered(at_once).process(async move |message| work.handle(message).await).await
            }
        }
    }

    /// Returns how many handlers a member runs at once.
    pub(crate) fn at_once(self) -> usize {
        match self {
            Self::Serial | Self::Apart => 1,
            Self::ByPartition => usize::MAX,
            Self::ByKey(at_once)
            | Self::Unordered(at_once)
            | Self::Shared(at_once)
            | Self::ByHand(at_once) => at_once,
        }
    }

    /// Tells whether the pipeline itself says when a message is started. By hand that is anybody's business: each that was
    /// delivered is waited for, whenever it is looked at.
    pub(crate) fn starts_what_it_takes(self) -> bool {
        !matches!(self, Self::ByHand(_))
    }

    /// Returns what is handled in order, if anything is.
    pub(crate) fn lane(self) -> Option<Lane> {
        match self {
            Self::Serial | Self::Apart => Some(Lane::Member),
            Self::ByPartition => Some(Lane::Partition),
            Self::ByKey(_) | Self::Shared(_) => Some(Lane::Key),
            Self::Unordered(_) | Self::ByHand(_) => None,
        }
    }
}

/// Why a pipeline by hand has stopped.
struct ByHand(ProcessError<No>);

impl From<PipelineError> for ByHand {
    fn from(error: PipelineError) -> Self {
        Self(error.map_handler(|never| match never {}))
    }
}

/// Handles many deliveries at once, and commits those that are done.
async fn by_hand(
    records: Records<Watched<Consumer>>,
    at_once: usize,
    (count, interval): (usize, Duration),
    work: Work,
) -> Result<Report, ProcessError<No>> {
    let deliveries = records.deliveries().err_into().map_ok(|delivery| async {
        let (message, ack) = delivery.into_parts();
        match work.handle(&message).await {
            Ok(()) => Ok(ack.done()),
            Err(source) => {
                let partition = TopicPartition::new(message.topic(), message.partition());
                Err(ByHand(ProcessError::Handler { partition, offset: message.offset(), source }))
            }
        }
    });
    let receipts = deliveries.try_buffer_unordered(at_once);
    receipts.commit(every(count).or(interval)).await.map_err(|ByHand(error)| error)
}
