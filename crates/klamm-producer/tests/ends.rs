//! Every record comes to one end, whatever is dropped, cancelled and closed: a hundred seeded runs.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use common::{Chance, Kept, WITHIN, in_time, number, read, until};
use futures_util::{FutureExt, poll};
use klamm_core::ErrorCode;
use klamm_producer::{Delivered, Delivery, DeliveryError, Producer, Record, Undelivered};
use klamm_testing::{ApiKey, MockCluster};

const RUNS: u64 = 100;
const RECORDS: usize = 120;

/// Where each record has come to its end.
#[derive(Default)]
struct Ends {
    delivered: BTreeMap<usize, Delivered>,
    /// With whether it is certain not to stand in the log.
    returned: BTreeMap<usize, bool>,
    /// Records of whose end nobody was told: they are in the log.
    untold: BTreeSet<usize>,
}

impl Ends {
    fn told(&mut self, sent: usize, end: Result<Delivered, DeliveryError>) {
        match end {
            Ok(delivered) => assert!(self.delivered.insert(sent, delivered).is_none(), "{sent} ends twice"),
            Err(error) => {
                assert_eq!(number(error.record()), sent);
                self.errored(&error);
            }
        }
    }

    fn errored(&mut self, error: &DeliveryError) {
        // What was purged while a request was under way may have been written.
        let is_certain = !matches!(error, DeliveryError::Failed { .. });
        self.returned(error.record(), is_certain);
    }

    fn undelivered(&mut self, undelivered: &Undelivered) {
        undelivered.unclaimed.iter().for_each(|error| self.errored(error));
    }

    fn returned(&mut self, record: &Record, is_certain: bool) {
        let sent = number(record);
        assert!(self.returned.insert(sent, is_certain).is_none(), "{sent} ends twice");
    }
}

/// A run: what is sent, polled, cancelled, dropped and awaited follows from its seed.
struct Run {
    chance: Chance,
    topic: String,
    producer: Producer,
    kept: Kept,
    ends: Ends,
    waiting: Vec<(usize, Delivery)>,
}

impl Run {
    fn start(seed: u64, cluster: &MockCluster) -> Self {
        let mut chance = Chance::new(seed);
        let topic = format!("run-{seed}");
        cluster.create_topic(&topic, 2).unwrap();
        let config = cluster
            .config()
            .queue_buffering_max_messages(1 + u32::try_from(chance.below(20)).unwrap())
            .linger(Duration::from_millis(chance.below(3) as u64));
        let kept = Kept::default();
        let producer = Producer::builder(config).on_undelivered(kept.hook()).start().unwrap();
        Self { chance, topic, producer, kept, ends: Ends::default(), waiting: Vec::new() }
    }

    async fn send(&mut self, sent: usize) {
        let partition = if self.chance.one_in(20) { 7 } else { i32::from(self.chance.one_in(2)) };
        let record = Record::to(self.topic.as_str()).partition(partition).payload(sent.to_string());
        let mut delivery = if self.chance.one_in(5) {
            match self.producer.try_send(record) {
                Ok(delivery) => delivery,
                Err(error) => return self.ends.told(sent, Err(error)),
            }
        } else {
            self.producer.send(record)
        };
        for _ in 0..self.chance.below(4) {
            if let std::task::Poll::Ready(end) = poll!(&mut delivery) {
                return self.ends.told(sent, end);
            }
            tokio::task::yield_now().await;
        }
        match self.chance.below(6) {
            0 => drop(delivery),
            1 => match delivery.cancel() {
                Ok(record) => self.ends.returned(&record, true),
                Err(delivery) => self.waiting.push((sent, delivery)),
            },
            2 => self.ends.told(sent, in_time(delivery).await),
            _ => self.waiting.push((sent, delivery)),
        }
    }

    /// Polls a flush a few times, and drops it.
    async fn flush(&mut self) {
        let mut flushing = Box::pin(self.producer.flush(WITHIN));
        for _ in 0..self.chance.below(4) {
            if poll!(&mut flushing).is_ready() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Closes the producer: at once, later, or without waiting for it.
    async fn end(&mut self) {
        match self.chance.below(4) {
            0 => self.close(WITHIN).await,
            1 => self.close(Duration::ZERO).await,
            2 => {
                let closing = self.producer.close(Duration::from_millis(1)).now_or_never();
                if let Some(undelivered) = closing {
                    self.ends.undelivered(&undelivered);
                }
            }
            _ => {}
        }
        for (sent, delivery) in std::mem::take(&mut self.waiting) {
            if self.chance.one_in(3) {
                drop(delivery);
            } else {
                self.ends.told(sent, in_time(delivery).await);
            }
        }
        until("nothing is under way", || self.producer.in_flight() == 0).await;
        // The hook is called after that, and the producer's end is after the hook.
        self.close(WITHIN).await;
    }

    async fn close(&mut self, deadline: Duration) {
        self.ends.undelivered(&in_time(self.producer.close(deadline)).await);
    }

    /// Checks that each record has come to one end, and that the log says the same.
    async fn check(mut self, cluster: &MockCluster) {
        self.kept.take().iter().for_each(|error| self.ends.errored(error));
        let Ends { delivered, returned, untold } = &mut self.ends;
        untold.extend(
            (0..RECORDS).filter(|sent| !delivered.contains_key(sent) && !returned.contains_key(sent)),
        );
        assert!(delivered.keys().all(|sent| !returned.contains_key(sent)), "an end of two kinds");
        let log = read(cluster, &self.topic).await;
        for (sent, delivered) in delivered {
            assert_eq!(log.get(sent), Some(&(delivered.partition, delivered.offset)), "{sent}");
        }
        assert!(untold.iter().all(|sent| log.contains_key(sent)), "lost: {untold:?} of {log:?}");
        let certain = returned.iter().filter(|(_, is_certain)| **is_certain);
        assert!(
            certain.clone().all(|(sent, _)| !log.contains_key(sent)),
            "returned and written: {returned:?}"
        );
        for partition in 0..2 {
            let mut order: Vec<_> = log.iter().filter(|(_, at)| at.0 == partition).collect();
            order.sort_by_key(|(_, at)| at.1);
            assert!(order.is_sorted_by_key(|(sent, _)| **sent), "out of order: {order:?}");
        }
    }
}

/// Makes one run.
async fn run(seed: u64, cluster: &MockCluster) -> [usize; 3] {
    let mut run = Run::start(seed, cluster);
    for sent in 0..RECORDS {
        if run.chance.one_in(30) {
            cluster.push_request_errors(ApiKey::PRODUCE, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED]);
        }
        if run.chance.one_in(15) {
            run.flush().await;
        }
        run.send(sent).await;
    }
    run.end().await;
    let seen = [run.ends.delivered.len(), run.ends.returned.len(), run.kept.len()];
    run.check(cluster).await;
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_record_comes_to_one_end() {
    let mut seen = [0; 3];
    for batch in 0..RUNS / 10 {
        // A broker of its own for some of them, since it keeps what was written.
        let cluster = MockCluster::start(1).unwrap();
        for seed in batch * 10..batch * 10 + 10 {
            let more = std::panic::AssertUnwindSafe(run(seed, &cluster)).catch_unwind().await;
            let more = more.unwrap_or_else(|_| panic!("seed {seed}"));
            seen = std::array::from_fn(|kind| seen[kind] + more[kind]);
        }
    }
    assert!(seen.iter().all(|kind| *kind > 100), "the runs show too little: {seen:?}");
}
