//! Leaving: stop, drain, commit, leave the group, report.

use std::time::{Duration, Instant};

use futures_channel::oneshot;

use super::{hold::Drain, thread::Control};
use crate::consumer::CloseReport;

/// How long a consumer whose handles are all gone, or that failed for good, may take to leave.
const ABANDON_WITHIN: Duration = Duration::from_secs(10);

/// A consumer that is leaving.
pub(super) struct Closing {
    stage: Stage,
    started: Instant,
    pub(super) deadline: Instant,
    is_drained: bool,
    reply: Option<oneshot::Sender<CloseReport>>,
}

enum Stage {
    /// What was started is waited for.
    Draining(Drain),
    /// librdkafka leaves the group; what it still wants is answered at once.
    Leaving,
    /// Nothing is left to wait for.
    Left,
}

impl Closing {
    pub(super) fn is_leaving(&self) -> bool {
        !matches!(self.stage, Stage::Draining(_))
    }

    pub(super) fn release(&mut self, number: u64) {
        if let Stage::Draining(drain) = &mut self.stage {
            drain.release(number);
        }
    }
}

impl Control {
    pub(super) fn close(&mut self, deadline: Instant, reply: Option<oneshot::Sender<CloseReport>>) {
        if let Some(closing) = &mut self.closing {
            // The second caller hears what the first hears, unless there was none: then it takes that place.
            closing.reply = closing.reply.take().or(reply);
            return;
        }
        let number = self.number();
        let partitions = self.shared.table.all();
        let drain = Drain::start(&self.shared, number, partitions, deadline);
        let stage = Stage::Draining(drain);
        self.closing = Some(Closing { stage, started: Instant::now(), deadline, is_drained: false, reply });
    }

    /// Leaves although nobody asked, and waits for nobody's work.
    pub(super) fn abandon(&mut self) {
        self.close(Instant::now() + ABANDON_WITHIN, None);
    }

    /// Takes the steps that are due. Returns the report once it is over.
    pub(super) fn advance_closing(
        &mut self,
        now: Instant,
    ) -> Option<(CloseReport, Option<oneshot::Sender<CloseReport>>)> {
        let mut closing = self.closing.take()?;
        if let Stage::Draining(drain) = &closing.stage {
            // A revoke that is being held ends by itself, and first.
            if (self.hold.is_none() && drain.is_over(&self.commits, now)) || now >= closing.deadline {
                closing.is_drained = drain.end(&self.shared);
                if let Some(hold) = self.hold.take() {
                    self.end_hold(&hold);
                }
                closing.stage = match self.shared.client.close(&self.queue) {
                    Ok(()) => Stage::Leaving,
                    // After a fatal error there is nothing to leave.
                    Err(error) => {
                        tracing::warn!(target: "klamm", %error, "the group could not be left in order");
                        Stage::Left
                    }
                };
            }
        }
        let has_left = closing.is_leaving() && self.shared.client.is_closed();
        if has_left || matches!(closing.stage, Stage::Left) || closing.is_leaving() && now >= closing.deadline
        {
            let report =
                CloseReport { is_drained: closing.is_drained, has_left, elapsed: closing.started.elapsed() };
            return Some((report, closing.reply));
        }
        self.closing = Some(closing);
        None
    }
}
