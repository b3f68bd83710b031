//! A group of two members that read and commit by hand.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use klamm_core::{ErrorKind, Message, SharedMessage};
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;
use tokio::task::JoinHandle;

use super::Account;

/// How often a member commits what it has read.
const PACE: Duration = Duration::from_millis(200);

/// A group of two members: one reads a stream, the other one message at a time.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) id: String,
    pub(crate) account: Account,
    members: Vec<Member>,
}

struct Member {
    consumer: Consumer,
    reading: JoinHandle<()>,
    committing: JoinHandle<()>,
}

/// The last message of each partition that was read and is not committed.
type Latest = Arc<Mutex<HashMap<i32, SharedMessage>>>;

impl Group {
    pub(crate) fn start(
        cluster: &KafkaCluster,
        (name, settings): &(&'static str, &[(&str, &str)]),
        id: &str,
        topic: &str,
    ) -> Self {
        let id = Self::id(id, name);
        let account = Account::default();
        let start = |streams| {
            let config =
                super::settings(cluster, &id, settings).set("client.id", format!("{name}-{streams}"));
            let consumer = Consumer::builder(config).subscribe([topic]).unwrap();
            Member::start(consumer, streams, account.clone())
        };
        let members = [true, false].map(start).into();
        Self { name, id, account, members }
    }

    /// The group's id: `prefix`, and the name of its protocol.
    pub(crate) fn id(prefix: &str, name: &str) -> String {
        format!("{prefix}-{name}")
    }

    /// Returns how many partitions its members have together.
    pub(crate) fn assigned(&self) -> usize {
        self.members.iter().map(|member| member.consumer.assignment().len()).sum()
    }

    /// Stops reading. Each member must still be one, and leave.
    pub(crate) async fn stop(self) -> Account {
        for member in self.members {
            let report = super::in_time("close", member.consumer.close(Duration::from_secs(60))).await;
            assert!(report.is_drained && report.has_left, "{}: {report:?}", self.name);
            super::in_time("the end of reading", member.reading).await.unwrap();
            member.committing.abort();
        }
        self.account
    }
}

impl Member {
    fn start(consumer: Consumer, streams: bool, account: Account) -> Self {
        let latest = Latest::default();
        let committing = tokio::spawn(commit(consumer.clone(), Arc::clone(&latest)));
        let reader = consumer.clone();
        let reading = tokio::spawn(async move {
            if streams {
                let mut stream = reader.into_stream();
                while let Some(item) = stream.next().await {
                    match item {
                        Ok(message) => read(message, &account, &latest),
                        Err(error) => account.add_error(&error),
                    }
                }
                return;
            }
            loop {
                match reader.recv().await {
                    Ok(message) => read(message.share(), &account, &latest),
                    Err(error) if matches!(error.kind(), ErrorKind::Closed) => return,
                    Err(error) => account.add_error(&error),
                }
            }
        });
        Self { consumer, reading, committing }
    }
}

fn read(message: SharedMessage, account: &Account, latest: &Latest) {
    account.add(&message);
    latest.lock().unwrap_or_else(PoisonError::into_inner).insert(message.partition(), message);
}

/// Commits what was read, without end. What may succeed later is tried again.
async fn commit(consumer: Consumer, latest: Latest) {
    let mut ticks = tokio::time::interval(PACE);
    loop {
        ticks.tick().await;
        let messages = std::mem::take(&mut *latest.lock().unwrap_or_else(PoisonError::into_inner));
        let commits = messages.into_values().map(|message| async {
            let result = consumer.commit(&message).await;
            (message, result)
        });
        for (message, result) in join_all(commits).await {
            let Err(error) = result else { continue };
            if error.is_retriable() {
                let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
                latest.entry(message.partition()).or_insert(message);
            }
        }
    }
}
