//! Every record of a transaction comes to one end, wherever a commit or an abort is dropped: a hundred seeded runs.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use common::{Chance, in_time, number, read};
use futures_util::{FutureExt, future::join_all, poll};
use klamm_core::contract::{Produce, Transactions};
use klamm_producer::{Delivered, Delivery, DeliveryError, Record, TransactionAnswer, Transactional};
use klamm_testing::MockCluster;

const RUNS: u64 = 100;
const TRANSACTIONS: usize = 6;

/// A run: what is sent, polled, dropped and awaited follows from its seed.
struct Run {
    chance: Chance,
    topic: String,
    producer: Transactional,
    sent: usize,
    delivered: BTreeMap<usize, Delivered>,
    returned: BTreeSet<usize>,
    /// Records whose transaction was said to be committed.
    committed: BTreeSet<usize>,
    /// Answers that were dropped before they had come.
    dropped: usize,
}

impl Run {
    fn start(seed: u64, cluster: &MockCluster) -> Self {
        let mut chance = Chance::new(seed);
        let topic = format!("run-{seed}");
        cluster.create_topic(&topic, 2).unwrap();
        let room = 1 + u32::try_from(chance.below(20)).unwrap();
        let linger = Duration::from_millis(chance.below(3) as u64);
        let config = cluster.config().queue_buffering_max_messages(room).linger(linger);
        let producer = Transactional::builder(config, &topic).start().unwrap();
        let (delivered, returned, committed) = Default::default();
        Self { chance, topic, producer, sent: 0, delivered, returned, committed, dropped: 0 }
    }

    /// Sends records, and drops, cancels or polls some of their deliveries. Returns the others.
    async fn send(&mut self) -> Vec<(usize, Delivery)> {
        let mut deliveries = Vec::new();
        for _ in 0..self.chance.below(30) {
            let sent = self.sent;
            self.sent += 1;
            let partition = i32::from(self.chance.one_in(2));
            let record = Record::to(self.topic.as_str()).partition(partition).payload(sent.to_string());
            let mut delivery = self.producer.send(record);
            if self.chance.one_in(3) {
                if let std::task::Poll::Ready(end) = poll!(&mut delivery) {
                    self.told(sent, end);
                    continue;
                }
                tokio::task::yield_now().await;
            }
            match self.chance.below(10) {
                0 => drop(delivery),
                1 => match delivery.cancel() {
                    Ok(record) => assert!(self.returned.insert(number(&record)), "{sent} ends twice"),
                    Err(delivery) => deliveries.push((sent, delivery)),
                },
                _ => deliveries.push((sent, delivery)),
            }
        }
        deliveries
    }

    /// Polls an answer a few times and drops it, or awaits it. Returns whether the call has succeeded, if that was awaited.
    async fn look(&mut self, mut answer: TransactionAnswer) -> Option<bool> {
        if self.chance.one_in(2) {
            return Some(in_time(answer).await.is_ok());
        }
        for _ in 0..self.chance.below(5) {
            if let std::task::Poll::Ready(said) = poll!(&mut answer) {
                return Some(said.is_ok());
            }
            tokio::task::yield_now().await;
        }
        self.dropped += 1;
        None
    }

    async fn transaction(&mut self) {
        in_time(self.producer.begin()).await.unwrap();
        let deliveries = self.send().await;
        let is_committed = if self.chance.one_in(3) {
            let aborting = self.producer.abort();
            self.look(aborting).await;
            false
        } else {
            let committing = self.producer.commit();
            self.look(committing).await == Some(true)
        };
        // Whatever the last call was: the next is made after it, and without a transaction this one does nothing.
        in_time(self.producer.abort()).await.unwrap();
        for (sent, delivery) in deliveries {
            let end = in_time(delivery).await;
            self.told(sent, end);
            if is_committed {
                self.committed.insert(sent);
            }
        }
    }

    fn told(&mut self, sent: usize, end: Result<Delivered, DeliveryError>) {
        match end {
            Ok(delivered) => assert!(self.delivered.insert(sent, delivered).is_none(), "{sent} ends twice"),
            Err(error) => {
                assert_eq!(number(error.record()), sent);
                assert!(self.returned.insert(sent), "{sent} ends twice");
            }
        }
    }

    /// Checks that the log says the same. The mock cluster keeps what was aborted, too.
    async fn check(self, cluster: &MockCluster) {
        let Self { topic, delivered, returned, committed, .. } = self;
        let log = read(cluster, &topic).await;
        for (sent, delivered) in &delivered {
            assert_eq!(log.get(sent), Some(&(delivered.partition, delivered.offset)), "{sent}");
            assert!(!returned.contains(sent), "{sent} ends twice");
        }
        assert!(
            committed.iter().all(|sent| delivered.contains_key(sent)),
            "committed without some: {returned:?}"
        );
    }
}

/// Makes one run.
async fn run(seed: u64, cluster: &MockCluster) -> [usize; 4] {
    let mut run = Run::start(seed, cluster);
    for _ in 0..TRANSACTIONS {
        run.transaction().await;
    }
    let seen = [run.delivered.len(), run.returned.len(), run.committed.len(), run.dropped];
    run.check(cluster).await;
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_record_of_a_transaction_comes_to_one_end() {
    let mut seen = [0; 4];
    for batch in 0..RUNS / 10 {
        // A broker of its own for some of them, since it keeps what was written.
        let cluster = MockCluster::start(1).unwrap();
        let runs = (batch * 10..batch * 10 + 10).map(|seed| {
            let run = std::panic::AssertUnwindSafe(run(seed, &cluster)).catch_unwind();
            run.map(move |seen| seen.unwrap_or_else(|_| panic!("seed {seed}")))
        });
        for more in join_all(runs).await {
            seen = std::array::from_fn(|kind| seen[kind] + more[kind]);
        }
    }
    assert!(seen.iter().all(|kind| *kind > 100), "the runs show too little: {seen:?}");
}
