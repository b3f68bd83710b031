//! What handlers do: as the seed says of each record and attempt.

use std::{
    collections::HashMap,
    panic,
    sync::{Arc, Mutex},
    time::Duration,
};

use klamm_core::Message;
use klamm_testing::history::Member;

use crate::{random::Random, schedule::Handlers};

/// How often a record is tried before it succeeds whatever the seed says.
const TRIES: u64 = 3;

/// A handler that fails on purpose, or panics with this.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("on purpose")]
pub(crate) struct No;

/// What the handlers of one member do. All members share the count of attempts.
#[derive(Clone)]
pub(crate) struct Work {
    member: Member,
    seed: u64,
    handlers: Handlers,
    attempts: Attempts,
}

/// How often each record was tried.
pub(crate) type Attempts = Arc<Mutex<HashMap<(i32, i64), u64>>>;

impl Work {
    pub(crate) fn new(member: &Member, seed: u64, handlers: Handlers, attempts: &Attempts) -> Self {
        Self { member: member.clone(), seed, handlers, attempts: Arc::clone(attempts) }
    }

    /// Returns the same for a part of the member.
    pub(crate) fn of(&self, part: &Member) -> Self {
        Self { member: part.clone(), ..self.clone() }
    }

    pub(crate) async fn handle<M: Message + Sync>(&self, message: &M) -> Result<(), No> {
        let name = (message.partition(), message.offset());
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap();
            let attempt = attempts.entry(name).or_default();
            *attempt += 1;
            *attempt
        };
        self.member.handling(message, self.attempt(name, attempt)).await
    }

    async fn attempt(&self, (partition, offset): (i32, i64), attempt: u64) -> Result<(), No> {
        let Handlers { fail, panic, slow, millis } = self.handlers;
        let of_record = u64::from(partition.unsigned_abs()) << 48 ^ offset.unsigned_abs() << 8 ^ attempt;
        let mut random = Random(self.seed.rotate_left(32) ^ of_record);
        let chance = random.next() % 1_000;
        // With the first record of each partition the group begins.
        if attempt < TRIES && offset > 0 {
            if chance < fail {
                tokio::task::yield_now().await;
                return Err(No);
            }
            if chance < fail + panic {
                // Without a word on standard error.
                panic::resume_unwind(Box::new(No));
            }
        }
        if chance < fail + panic + slow {
            tokio::time::sleep(Duration::from_millis(random.next() % (millis + 1))).await;
        } else if chance % 3 == 0 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
