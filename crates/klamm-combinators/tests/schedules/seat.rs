//! A member: a consumer, and whoever starts its pipeline again.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use klamm_combinators::ProcessError;
use klamm_core::ErrorKind;
use klamm_stream::Consumer;
use klamm_testing::history::Member;
use tokio::task::{AbortHandle, JoinError, JoinHandle};

use crate::{
    kind::Kind,
    run::{Outcome, within},
    work::{No, Work},
};

/// How long a member may take to leave.
const LEAVES_WITHIN: Duration = Duration::from_secs(10);

/// A member: a consumer, and whoever starts its pipeline again.
pub(crate) struct Seat {
    pub(crate) consumer: Consumer,
    member: Member,
    supervisor: JoinHandle<Outcome>,
    pipeline: Arc<Mutex<Option<AbortHandle>>>,
}

impl Seat {
    pub(crate) fn new(
        consumer: Consumer,
        member: Member,
        kind: Kind,
        commit_every: (usize, Duration),
        work: Work,
    ) -> Self {
        let pipeline = Arc::default();
        let supervisor = Supervisor {
            consumer: consumer.clone(),
            member: member.clone(),
            kind,
            commit_every,
            work,
            pipeline: Arc::clone(&pipeline),
        };
        Self { consumer, member, supervisor: tokio::spawn(supervisor.run()), pipeline }
    }

    /// Drops the pipeline wherever it is; the supervisor starts another.
    pub(crate) fn drop_pipeline(&self) {
        if let Some(pipeline) = &*self.pipeline.lock().unwrap() {
            pipeline.abort();
        }
    }

    /// Leaves in order.
    pub(crate) async fn leave(self) -> Outcome {
        let name = self.member.name();
        let close = self.member.polls(self.consumer.close(LEAVES_WITHIN));
        let report = within(&format!("{name} to close"), self.member.closing(LEAVES_WITHIN, close)).await?;
        let ended = within(&format!("the pipeline of {name}, {report:?}"), self.supervisor).await?;
        ended.map_err(|error| format!("the supervisor of {name}: {error}"))?
    }

    /// Drops the pipeline and the consumer; the group is left in the background.
    pub(crate) async fn vanish(self) -> Outcome {
        self.supervisor.abort();
        let ended = within("the supervisor to be dropped", self.supervisor).await?;
        // The pipeline is a task of its own, and not the supervisor's to end.
        let pipeline = self.pipeline.lock().unwrap().take();
        if let Some(pipeline) = pipeline {
            pipeline.abort();
            within("the pipeline to be dropped", async {
                while !pipeline.is_finished() {
                    tokio::task::yield_now().await;
                }
            })
            .await?;
        }
        match ended {
            Ok(outcome) => outcome,
            Err(error) if error.is_cancelled() => Ok(()),
            Err(error) => Err(format!("the supervisor: {error}")),
        }
    }
}

struct Supervisor {
    consumer: Consumer,
    member: Member,
    kind: Kind,
    commit_every: (usize, Duration),
    work: Work,
    pipeline: Arc<Mutex<Option<AbortHandle>>>,
}

impl Supervisor {
    /// Runs one pipeline after the other, until the consumer is closed.
    async fn run(self) -> Outcome {
        loop {
            let (consumer, member) = (self.consumer.clone(), self.member.clone());
            let running = self.kind.run(consumer, member, self.commit_every, self.work.clone());
            let pipeline = self.member.polls(running);
            let pipeline = tokio::spawn(pipeline);
            *self.pipeline.lock().unwrap() = Some(pipeline.abort_handle());
            match pipeline.await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(ProcessError::Handler { source: No, .. })) => {}
                Ok(Err(ProcessError::Source(error))) if matches!(error.kind(), ErrorKind::Closed) => {
                    return Ok(());
                }
                Ok(Err(error)) => return Err(format!("{} has stopped: {error:?}", self.member.name())),
                Err(error) => on_purpose(error)?,
            }
        }
    }
}

/// Tells a pipeline that was dropped, or whose handler has panicked, from one that has a fault of its own.
fn on_purpose(error: JoinError) -> Outcome {
    if error.is_cancelled() {
        return Ok(());
    }
    let said = format!("{error}");
    if error.into_panic().is::<No>() { Ok(()) } else { Err(format!("a pipeline: {said}")) }
}
