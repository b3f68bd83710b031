//! A pipeline for each partition, in a task of its own.

use std::{panic, time::Duration};

use klamm_combinators::{ProcessError, RecordsExt, Report};
use klamm_stream::{Consumer, PartitionStream};
use klamm_testing::history::Member;
use tokio::task::{JoinError, JoinSet};
use tokio_stream::StreamExt;

use crate::work::{No, Work};

type Outcome = Result<Report, ProcessError<No>>;

/// Runs a pipeline for each partition that is assigned, until the consumer is closed. One that fails is begun anew with its
/// partition, while the others go on; one that panics has all of them end.
pub(super) async fn run(
    consumer: &Consumer,
    member: &Member,
    commit_every: (usize, Duration),
    work: &Work,
) -> Outcome {
    let (mut pipelines, mut report) = (JoinSet::new(), Report::default());
    loop {
        let mut partitions = consumer.partitions();
        let why = loop {
            tokio::select! {
                partition = partitions.next() => match partition.transpose() {
                    Ok(Some(partition)) => {
                        pipelines.spawn(pipeline(partition, member, commit_every, work));
                    }
                    Ok(None) => break None,
                    Err(error) => return Err(ProcessError::Source(error)),
                },
                Some(ended) = pipelines.join_next() => match said(ended) {
                    Ok(of_one) => report += of_one,
                    Err(why) => break Some(why),
                },
            }
        };
        match why {
            // What it has given back is handed out again.
            Some(ProcessError::Handler { source: No, .. }) => {}
            Some(why) => return Err(why),
            None => break,
        }
    }
    // The consumer is closed, which every partition hears.
    while let Some(ended) = pipelines.join_next().await {
        match said(ended) {
            Ok(of_one) => report += of_one,
            Err(ProcessError::Handler { source: No, .. }) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(report)
}

/// Handles the messages of a partition one after the other, as a part of its member.
fn pipeline(
    partition: PartitionStream,
    member: &Member,
    (count, interval): (usize, Duration),
    work: &Work,
) -> impl Future<Output = Outcome> + use<> {
    let part = member.part(partition.partition());
    let work = work.of(&part);
    let records = part.watch(partition.into_source()).records().commit_every(count, interval);
    part.polls(records.process(async move |message| work.handle(message).await))
}

/// Takes what a task has said. What it has panicked with goes on here.
fn said(ended: Result<Outcome, JoinError>) -> Outcome {
    ended.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()))
}
