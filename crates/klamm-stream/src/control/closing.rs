//! Leaving: stop, drain, commit, leave the group, report.

use std::{
    mem,
    time::{Duration, Instant},
};

use futures_channel::oneshot;
use klamm_core::native::RebalanceProtocol;

use super::{hold::Drain, thread::Control};
use crate::{consumer::CloseReport, partition::PartitionEnd, shared::Shared};

/// How long a consumer whose handles are all gone, or that failed for good, may take to leave.
const ABANDON_WITHIN: Duration = Duration::from_secs(10);

/// A consumer that is leaving.
pub(super) struct Closing {
    stage: Stage,
    started: Instant,
    pub(super) deadline: Instant,
    is_drained: bool,
    /// The deadline has passed, and who waited was told.
    is_overtime: bool,
    replies: Vec<oneshot::Sender<CloseReport>>,
}

enum Stage {
    /// What was started is waited for.
    Draining(Drain),
    /// librdkafka leaves the group; what it still wants is answered at once, and once.
    Leaving { is_answered: bool },
    /// Nothing is left to wait for.
    Left,
}

impl Closing {
    fn is_leaving(&self) -> bool {
        !matches!(self.stage, Stage::Draining(_))
    }

    /// Tells who waits how it went.
    fn tell(&mut self, shared: &Shared, has_left: bool) {
        let report = CloseReport { is_drained: self.is_drained, has_left, elapsed: self.started.elapsed() };
        shared.set_closed(report);
        for reply in self.replies.drain(..) {
            reply.send(report).ok();
        }
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
            // The second caller hears what the first hears, and soon enough for both.
            closing.replies.extend(reply);
            closing.deadline = closing.deadline.min(deadline);
            if closing.is_overtime {
                closing.tell(&self.shared, false);
            }
            return;
        }
        // What waits for its own drain is told that this is over.
        self.leaving = None;
        let number = self.number();
        let partitions = self.shared.table.all();
        let drain = Drain::start(&self.shared, number, partitions, deadline, PartitionEnd::Closed);
        let stage = Stage::Draining(drain);
        self.closing = Some(Closing {
            stage,
            started: Instant::now(),
            deadline,
            is_drained: false,
            is_overtime: false,
            replies: reply.into_iter().collect(),
        });
    }

    /// Leaves although nobody asked, and waits for nobody's work.
    pub(super) fn abandon(&mut self) {
        if self.closing.is_none() {
            self.close(Instant::now() + ABANDON_WITHIN, None);
        }
    }

    /// Takes the steps that are due. Returns whether it is over.
    pub(super) fn advance_closing(&mut self, now: Instant) -> bool {
        let Some(mut closing) = self.closing.take() else { return false };
        if let Stage::Draining(drain) = &closing.stage {
            // A revoke that is being held ends by itself, and first.
            let is_drained = self.hold.is_none() && drain.is_over(&self.commits, now);
            if is_drained || now >= closing.deadline {
                closing.is_drained = drain.end(&self.shared);
                if let Some(hold) = self.hold.take() {
                    self.end_hold(&hold);
                }
                closing.stage = self.leave();
            }
        }
        let has_left = closing.is_leaving() && self.shared.client.is_closed();
        let is_late = closing.is_leaving() && now >= closing.deadline;
        let is_over = has_left || matches!(closing.stage, Stage::Left);
        if is_over || is_late {
            closing.tell(&self.shared, has_left);
            if !is_over && !closing.is_overtime {
                // Nobody waits any more; the group still wants to be left.
                closing.is_overtime = true;
                closing.deadline = now + ABANDON_WITHIN;
            } else {
                return true;
            }
        }
        self.closing = Some(closing);
        false
    }

    /// Tells whether the group is being left, or was.
    pub(super) fn is_leaving(&self) -> bool {
        self.closing.as_ref().is_some_and(Closing::is_leaving)
    }

    /// Gives everything up, for the first rebalance that arrives while the group is being left.
    ///
    /// Whatever the rebalance was, librdkafka takes the answer for a full unassign (`rd_kafka_cgrp_handle_assign_op`,
    /// 2.12.1), and then wants no other. It may send two all the same: one that was under way when it began to leave, and
    /// its own revoke of the rest (`rd_kafka_cgrp_revoke_all_rejoin`). A second answer would meet the end of the group, where
    /// requests are dropped without a reply (`rd_kafka_cgrp_op_serve`), and be waited for for ever.
    ///
    /// With an eager protocol librdkafka may go on by itself before the first one, too. So nobody waits for that: it has a
    /// thread of its own, and if it is dropped, that thread and the client stay until the process ends.
    pub(super) fn answer_leaving(&mut self) {
        let Some(Closing { stage: Stage::Leaving { is_answered }, .. }) = &mut self.closing else { return };
        if mem::replace(is_answered, true) {
            return;
        }
        self.taken.clear();
        let client = self.shared.client.clone();
        let answer = move || {
            if let Err(error) = client.unassign() {
                tracing::warn!(target: "klamm", %error, "the last answer to the group was refused");
            }
        };
        blocking::unblock(answer).detach();
    }

    /// Nothing is delivered or committed any more; what the group still wants is answered at once.
    fn leave(&mut self) -> Stage {
        self.commits.close();
        self.shared.hub.close();
        self.say_goodbye();
        match self.shared.client.close(&self.queue) {
            Ok(()) => Stage::Leaving { is_answered: false },
            // After a fatal error there is nothing to leave.
            Err(error) => {
                tracing::warn!(target: "klamm", %error, "the group could not be left in order");
                Stage::Left
            }
        }
    }

    /// Gives the subscription up where closing would not tell the group.
    ///
    /// A cooperative member of the classic protocol to which nothing is assigned closes without a word, and at the next rebalance
    /// the others wait for its session's end (`rd_kafka_cgrp_revoke_all_rejoin` revokes nothing, and so
    /// `rd_kafka_cgrp_assignment_done` sends no `LeaveGroup`, 2.12.1). Without a subscription it leaves at once
    /// (`rd_kafka_cgrp_rejoin`).
    fn say_goodbye(&self) {
        let client = &self.shared.client;
        if !self.taken.is_empty() || client.rebalance_protocol() != RebalanceProtocol::Cooperative {
            return;
        }
        if let Err(error) = client.unsubscribe() {
            tracing::warn!(target: "klamm", %error, "the group is not told that its member leaves");
        }
    }
}
