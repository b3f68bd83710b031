//! A member of the group.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use klamm_combinators::{RecordsExt, Report};
use klamm_core::{Config, Message};
use klamm_stream::{Consumer, Diagnostics};
use tokio::task::JoinHandle;

use super::cluster::TOPIC;
use super::tally::Tally;

/// How many handlers of a member run at once.
const AT_ONCE: usize = 64;
/// How long a member may take to leave.
const LEAVE_WITHIN: Duration = Duration::from_secs(60);

/// A member of the group: its consumer, and the task of its pipeline.
pub(super) struct Member {
    consumer: Consumer,
    pipeline: JoinHandle<Result<Report>>,
}

impl Member {
    pub(super) fn join(config: Config, tally: &Arc<Tally>) -> Result<Self> {
        let consumer = Consumer::builder(config).subscribe([TOPIC])?;
        let records = consumer.records().unordered(AT_ONCE).commit_every(5_000, Duration::from_millis(250));
        let tally = Arc::clone(tally);
        let pipeline = tokio::spawn(async move {
            let handled = records.process(async move |message| {
                tally.started();
                // Now and then a handler has to wait for something.
                if message.offset() % 16 == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                tally.handled(message.key());
                Ok::<_, std::convert::Infallible>(())
            });
            Ok(handled.await?)
        });
        Ok(Self { consumer, pipeline })
    }

    pub(super) fn diagnostics(&self) -> Diagnostics {
        self.consumer.diagnostics()
    }

    /// Tells whether the pipeline has ended by itself, which it should not.
    pub(super) fn has_failed(&self) -> bool {
        self.pipeline.is_finished()
    }

    /// Leaves cleanly, and returns what can be said of the member's life.
    pub(super) async fn leave(self) -> Result<Diagnostics> {
        let report = self.consumer.close(LEAVE_WITHIN).await;
        ensure!(report.is_drained, "a member did not drain within {LEAVE_WITHIN:?}");
        self.pipeline.await??;
        Ok(self.consumer.diagnostics())
    }
}
