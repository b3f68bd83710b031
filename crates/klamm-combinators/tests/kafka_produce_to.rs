//! Consume, process, produce on real brokers: nothing is missing, whoever comes and goes, and nothing is there twice if they
//! leave cleanly.

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::soon;
use klamm_combinators::{AnyError, ProcessError, RecordsExt, Report};
use klamm_core::{Config, Message};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;
use tokio::task::JoinHandle;

const PARTITIONS: usize = 6;
const COUNT: usize = 20_000;
const DEADLINE: Duration = Duration::from_secs(30);

/// A member of the group: a consumer, and the task its pipeline runs on.
struct Member {
    consumer: Consumer,
    pipeline: JoinHandle<Result<Report, ProcessError<AnyError>>>,
}

/// What the members share.
struct Run {
    cluster: KafkaCluster,
    name: String,
    producer: Producer,
}

impl Run {
    fn new(name: &str) -> Self {
        let cluster =
            KafkaCluster::from_env().expect("`cargo xtask kafka run --brokers 3 -- …` sets KLAMM_KAFKA");
        let name = format!("produce-{name}-{}", std::process::id());
        for topic in [name.clone(), format!("{name}-out")] {
            cluster.create_topic(&topic, PARTITIONS, 3).unwrap();
        }
        cluster.seed(&name, PARTITIONS, COUNT, 100).unwrap();
        let config = cluster.config().set("enable.idempotence", true).set("linger.ms", 20);
        Self { cluster, name, producer: Producer::builder(config).start().unwrap() }
    }

    fn out(&self) -> String {
        format!("{}-out", self.name)
    }

    fn config(&self) -> Config {
        let config = self.cluster.consumer_config(&self.name);
        config.set("partition.assignment.strategy", "cooperative-sticky")
    }

    /// A member whose handlers take up to 4 ms, so that the whole takes a while.
    fn member(&self) -> Member {
        let consumer = Consumer::builder(self.config()).subscribe([&self.name]).unwrap();
        let records = consumer.records().commit_every(500, Duration::from_millis(500)).by_key(64);
        let (producer, out_topic) = (self.producer.clone(), self.out());
        let pipeline = records.produce_to(producer, async move |m, out| {
            tokio::time::sleep(Duration::from_millis(m.offset().unsigned_abs() % 5)).await;
            let record = Record::to(&*out_topic).partition(m.partition());
            out.push(record.key(m.key_bytes().unwrap()).payload(m.payload_bytes().unwrap()));
            Ok(())
        });
        Member { consumer, pipeline: tokio::spawn(pipeline) }
    }

    fn committed(&self) -> i64 {
        let committed = self.cluster.committed(&self.name, &self.name, PARTITIONS).unwrap();
        committed.into_iter().flatten().sum()
    }

    async fn reach(&self, committed: usize) {
        soon("the commits", async {
            while self.committed() < i64::try_from(committed).unwrap() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
    }

    /// Returns how often each input stands in the output.
    async fn outputs(&self) -> BTreeMap<usize, u32> {
        let ends: i64 = self.cluster.end_offsets(&self.out(), PARTITIONS).unwrap().iter().sum();
        let config = self.cluster.consumer_config(&self.out());
        let reader = Consumer::builder(config).subscribe([self.out()]).unwrap();
        let mut read = BTreeMap::new();
        for _ in 0..ends {
            let message = soon("an output", reader.recv()).await.unwrap();
            let number = std::str::from_utf8(message.key().unwrap()).unwrap().parse().unwrap();
            *read.entry(number).or_default() += 1;
        }
        soon("close", reader.close(DEADLINE)).await;
        read
    }
}

impl Member {
    async fn stop(self) {
        let closed = soon("close", self.consumer.close(DEADLINE)).await;
        assert!(closed.is_drained && closed.has_left, "{closed:?}");
        let report = soon("the pipeline's end", self.pipeline).await.unwrap().unwrap();
        assert_eq!((report.abandoned, report.committed), (0, report.processed), "{report:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_input_is_in_the_output_once_over_clean_restarts() {
    let run = Run::new("clean");
    let mut members = vec![run.member(), run.member()];
    for step in 1..=4 {
        run.reach(COUNT * step / 5).await;
        members.push(run.member());
        members.remove(0).stop().await;
    }
    run.reach(COUNT).await;
    for member in members {
        member.stop().await;
    }
    let outputs = run.outputs().await;
    assert_eq!(outputs.len(), COUNT, "some are missing");
    let twice = outputs.values().filter(|times| **times > 1).count();
    assert_eq!(twice, 0, "of {COUNT}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_input_is_in_the_output_when_pipelines_are_dropped_at_any_moment() {
    let run = Run::new("dropped");
    let mut members = vec![run.member(), run.member()];
    for step in 1..=4 {
        run.reach(COUNT * step / 5).await;
        members.push(run.member());
        let dropped = members.remove(0);
        dropped.pipeline.abort();
        assert!(dropped.pipeline.await.unwrap_err().is_cancelled());
        drop(dropped.consumer);
    }
    run.reach(COUNT).await;
    for member in members {
        member.stop().await;
    }
    let outputs = run.outputs().await;
    assert_eq!(outputs.len(), COUNT, "some are missing");
}
