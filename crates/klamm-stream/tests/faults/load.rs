//! A topic that is being written all the time.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use klamm_producer::{Producer, Record};
use klamm_testing::KafkaCluster;
use tokio::task::{JoinHandle, JoinSet};

use super::account::Offsets;

/// How often some records are sent, and how many.
const PACE: Duration = Duration::from_millis(20);
const RECORDS: u64 = 10;

/// Writes all the time, every replica acknowledging, until it is stopped.
pub(crate) struct Load {
    pub(crate) topic: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    is_over: AtomicBool,
    sent: AtomicU64,
    /// The offset after the last record of each partition that was acknowledged.
    ends: Mutex<Offsets>,
}

impl Load {
    /// Returns when something stands in each partition.
    pub(crate) async fn start(cluster: &KafkaCluster, topic: &str, partitions: usize) -> Self {
        let config = cluster.config().set("acks", "all").set("enable.idempotence", true).set("linger.ms", 5);
        // Partitions by themselves, not in runs, and new ones soon.
        let config =
            config.set("sticky.partitioning.linger.ms", 0).set("topic.metadata.refresh.interval.ms", 500);
        let producer = Producer::builder(config).start().unwrap();
        let state = Arc::new(State::default());
        let task = tokio::spawn(write(producer, topic.to_owned(), Arc::clone(&state)));
        let load = Self { topic: topic.to_owned(), state, task };
        super::until("something in each partition", || load.ends().len() == partitions).await;
        load
    }

    /// Returns the offset after the last record of each partition.
    pub(crate) fn ends(&self) -> Offsets {
        self.state.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells whether more was written since of every partition.
    pub(crate) fn has_written_since(&self, then: &Offsets) -> bool {
        let now = self.ends();
        then.iter().all(|(partition, end)| now.get(partition).is_some_and(|now| now > end))
    }

    /// Stops, waits until all that was sent is acknowledged, and returns the offset after the last record of each partition.
    pub(crate) async fn stop(self) -> Offsets {
        self.state.is_over.store(true, Ordering::Relaxed);
        super::in_time("the last acknowledgement", self.task).await.unwrap();
        let ends = self.state.ends.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stands: i64 = ends.values().sum();
        assert_eq!(
            u64::try_from(stands),
            Ok(self.state.sent.load(Ordering::Relaxed)),
            "each stands once in the log"
        );
        ends
    }
}

async fn write(producer: Producer, topic: String, state: Arc<State>) {
    let (mut ticks, mut deliveries) = (tokio::time::interval(PACE), JoinSet::new());
    let mut sequence = 0;
    while !state.is_over.load(Ordering::Relaxed) {
        ticks.tick().await;
        for _ in 0..RECORDS {
            let delivery =
                producer.send(Record::to(topic.as_str()).key(sequence.to_string()).payload("hello, hello"));
            let state = Arc::clone(&state);
            deliveries.spawn(async move {
                let delivered = delivery.await.expect("a record may be written as long as two brokers stand");
                let mut ends = state.ends.lock().unwrap_or_else(PoisonError::into_inner);
                let end = ends.entry(delivered.partition).or_insert(0);
                *end = (*end).max(delivered.offset + 1);
            });
            sequence += 1;
        }
        while let Some(result) = deliveries.try_join_next() {
            result.unwrap();
        }
    }
    while let Some(result) = deliveries.join_next().await {
        result.unwrap();
    }
    state.sent.store(sequence, Ordering::Relaxed);
}
