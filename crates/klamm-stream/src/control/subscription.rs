//! What the user subscribes to, after the start.

use std::time::Instant;

use klamm_core::{Error, ErrorKind};

use super::{Reply, hold::Drain, thread::Control};
use crate::partition::PartitionEnd;

/// A subscription that is being given up: what was started is waited for, since afterwards the group is told nothing more
/// and counts the member's session down.
pub(super) struct Leaving {
    pub(super) drain: Drain,
    replies: Vec<Reply<()>>,
    /// What is wanted next.
    then: Option<(Vec<String>, Reply<()>)>,
}

impl Control {
    pub(super) fn subscribe(&mut self, topics: Vec<String>, reply: Reply<()>) {
        if let Some(leaving) = &mut self.leaving {
            // One that is replaced here was wanted before, and would not last.
            if let Some((_, earlier)) = leaving.then.replace((topics, reply)) {
                earlier.send(Ok(())).ok();
            }
            return;
        }
        let result = self.may_ask().and_then(|()| {
            let names: Vec<&str> = topics.iter().map(String::as_str).collect();
            self.shared.client.subscribe(&names)
        });
        if result.is_ok() {
            self.shared.set_subscription(topics);
        }
        reply.send(result).ok();
    }

    pub(super) fn unsubscribe(&mut self, reply: Reply<()>) {
        if let Err(error) = self.may_ask() {
            reply.send(Err(error)).ok();
            return;
        }
        if let Some(leaving) = &mut self.leaving {
            leaving.replies.push(reply);
            return;
        }
        let number = self.number();
        let partitions = self.shared.table.all();
        let deadline = Instant::now() + self.shared.hold_limit;
        let drain = Drain::start(&self.shared, number, partitions, deadline, PartitionEnd::Revoked);
        self.leaving = Some(Leaving { drain, replies: vec![reply], then: None });
    }

    /// Gives the subscription up once nothing is waited for any more.
    pub(super) fn advance_leaving(&mut self, now: Instant) {
        // A revoke that is being held ends by itself, and first.
        if self.hold.is_some() {
            return;
        }
        let commits = &self.commits;
        let Some(leaving) = self.leaving.take_if(|leaving| leaving.drain.is_over(commits, now)) else {
            return;
        };
        leaving.drain.end(&self.shared);
        // The partitions are asked back in a moment, and given up at once.
        let result = self.shared.client.unsubscribe();
        if result.is_ok() {
            self.shared.set_subscription(Vec::new());
        }
        for reply in leaving.replies {
            reply.send(result.clone()).ok();
        }
        if let Some((topics, reply)) = leaving.then {
            self.subscribe(topics, reply);
        }
    }

    /// librdkafka answers no questions about its group once that is being left.
    pub(super) fn may_ask(&self) -> Result<(), Error> {
        if self.closing.is_some() { Err(Error::from(ErrorKind::Closed)) } else { Ok(()) }
    }
}
