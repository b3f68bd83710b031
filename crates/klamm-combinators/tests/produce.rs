//! Consume, process, produce: from the mock cluster to the mock cluster.

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::{TOPIC, cluster, consumer, soon};
use futures_util::TryStreamExt;
use klamm_combinators::{AnyError, OnRevoke, Outputs, ProcessError, RecordsExt, Report};
use klamm_core::{ErrorKind, Message, SharedMessage, Start};
use klamm_producer::{DeliveryError, Producer, Record, Transactional};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(20);
const PARTITIONS: usize = 4;
const COUNT: usize = 1_000;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Serial,
    ByPartition,
    ByKey,
    Unordered,
}

/// A cluster in which records stand in one topic and are to go to another.
fn two_topics() -> MockCluster {
    let cluster = cluster(PARTITIONS, COUNT);
    cluster.create_topic("out", PARTITIONS).unwrap();
    cluster
}

fn producer(cluster: &MockCluster, linger_millis: u64) -> Producer {
    Producer::builder(cluster.config().set("linger.ms", linger_millis)).start().unwrap()
}

/// Passes a message on to the same partition.
fn passed_on(message: &SharedMessage) -> Record {
    let record = Record::to("out").partition(message.partition());
    record.key(message.key_bytes().unwrap()).payload(message.payload_bytes().unwrap())
}

/// Starts a member that takes about half a second for everything, however many of its handlers run at once.
fn start(
    kind: Kind,
    consumer: &Consumer,
    producer: Producer,
) -> JoinHandle<Result<Report, ProcessError<AnyError>>> {
    async fn pass_on(m: &SharedMessage, out: &mut Outputs<Record>, millis: u64) -> Result<(), AnyError> {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        out.push(passed_on(m));
        Ok(())
    }
    let records = consumer.records().commit_every(50, Duration::from_millis(50));
    match kind {
        Kind::Serial => {
            tokio::spawn(records.produce_to(producer, async move |m, out| pass_on(m, out, 0).await))
        }
        Kind::ByPartition => tokio::spawn(
            records.by_partition().produce_to(producer, async move |m, out| pass_on(m, out, 2).await),
        ),
        Kind::ByKey => tokio::spawn(
            records.by_key(64).produce_to(producer, async move |m, out| pass_on(m, out, 30).await),
        ),
        Kind::Unordered => tokio::spawn(
            records.unordered(64).produce_to(producer, async move |m, out| pass_on(m, out, 30).await),
        ),
    }
}

/// Waits until so many records stand in the output.
async fn written(cluster: &MockCluster, count: usize) {
    soon("the outputs", async {
        while cluster.end_offsets("out", PARTITIONS).unwrap().iter().sum::<i64>()
            < i64::try_from(count).unwrap()
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

/// Reads the output: the numbers of the records, by partition, in order.
async fn read(cluster: &MockCluster) -> BTreeMap<i32, Vec<usize>> {
    let ends: i64 = cluster.end_offsets("out", PARTITIONS).unwrap().iter().sum();
    let reader = Consumer::builder(cluster.consumer_config("reader")).subscribe(["out"]).unwrap();
    let mut read = BTreeMap::<i32, Vec<usize>>::new();
    for _ in 0..ends {
        let message = soon("an output", reader.recv()).await.unwrap();
        let number = std::str::from_utf8(message.key().unwrap()).unwrap().parse().unwrap();
        read.entry(message.partition()).or_default().push(number);
    }
    soon("close", reader.close(DEADLINE)).await;
    read
}

#[tokio::test]
async fn each_message_is_passed_on_once_over_a_clean_restart_in_every_schedule() {
    for kind in [Kind::Serial, Kind::ByPartition, Kind::ByKey, Kind::Unordered] {
        let (cluster, mut processed) = (two_topics(), 0);
        let producer = producer(&cluster, 5);
        for until in [COUNT / 3, COUNT] {
            let member = consumer(cluster.consumer_config("group"));
            let pipeline = start(kind, &member, producer.clone());
            soon("an assignment", async {
                while member.diagnostics().partitions.is_empty() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
            .await;
            written(&cluster, until).await;
            let closed = soon("close", member.close(DEADLINE)).await;
            assert!(closed.is_drained, "{kind:?}: {closed:?}");
            let report = soon("the end", pipeline).await.unwrap().unwrap();
            assert_eq!((report.committed, report.abandoned), (report.processed, 0), "{kind:?}");
            processed += report.processed;
        }
        assert_eq!(processed, COUNT as u64, "{kind:?}");
        assert_eq!(
            common::committed(&cluster, "group", PARTITIONS),
            i64::try_from(COUNT).unwrap(),
            "{kind:?}"
        );
        let read = read(&cluster).await;
        let mut all: Vec<usize> = read.values().flatten().copied().collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..COUNT), "{kind:?}");
        if matches!(kind, Kind::Serial | Kind::ByPartition) {
            assert!(read.values().all(|numbers| numbers.is_sorted()), "{kind:?} has changed the order");
        }
    }
}

#[tokio::test]
async fn a_close_is_not_held_up_by_records_that_linger() {
    let cluster = two_topics();
    let producer = producer(&cluster, 200_000);
    let member = consumer(cluster.consumer_config("group"));
    let (all, handled) = tokio::sync::oneshot::channel();
    let mut all = Some(all);
    let mut count = 0;
    let pipeline = member.records().produce_to(producer, async move |m, out| {
        count += 1;
        if count == COUNT {
            all.take().unwrap().send(()).unwrap();
        }
        out.send("out", m.key(), m.payload())
    });
    let pipeline = tokio::spawn(pipeline);
    soon("all messages", handled).await.unwrap();
    let closed = soon("close", member.close(DEADLINE)).await;
    assert!(closed.is_drained, "{closed:?}");
    let report = soon("the end", pipeline).await.unwrap().unwrap();
    assert_eq!((report.committed, report.abandoned), (COUNT as u64, 0));
    assert_eq!(
        cluster.end_offsets("out", PARTITIONS).unwrap().iter().sum::<i64>(),
        i64::try_from(COUNT).unwrap()
    );
}

#[tokio::test]
async fn an_output_that_is_too_large_ends_the_pipeline_with_the_producers_own_error() {
    let cluster = two_topics();
    let producer = Producer::builder(cluster.config().set("message.max.bytes", 1_000)).start().unwrap();
    let member = consumer(cluster.consumer_config("group"));
    let pipeline = member.records().by_partition().produce_to(&producer, async |m, out| {
        out.send("out", m.key(), vec![b'.'; if m.offset() == 3 { 10_000 } else { 10 }])
    });
    match soon("the error", pipeline).await.unwrap_err() {
        ProcessError::Delivery { partition, offset: 3, source } => {
            assert_eq!(&*partition.topic, TOPIC);
            assert!(source.downcast_ref::<DeliveryError>().is_some() && !source.is_retriable(), "{source:?}");
        }
        other => panic!("{other:?}"),
    }
    let committed = cluster.committed("group", TOPIC, PARTITIONS).unwrap();
    assert!(committed.iter().flatten().all(|offset| *offset <= 3), "{committed:?}");
    soon("close", member.close(DEADLINE)).await;
}

#[tokio::test]
async fn with_a_transactional_producer_the_same_line_sends_within_transactions() {
    let cluster = two_topics();
    let transactional = Transactional::builder(cluster.config(), "copy").start().unwrap();
    let member = consumer(cluster.consumer_config("group"));
    let records = member.records().by_key(64);
    let pipeline =
        records.produce_to(&transactional, async move |m, out| out.send("out", m.key(), m.payload()));
    let closing = async {
        written(&cluster, COUNT).await;
        member.close(DEADLINE).await
    };
    let (report, closed) = soon("all messages", Box::pin(async { tokio::join!(pipeline, closing) })).await;
    let report = report.unwrap();
    assert_eq!((report.committed, report.abandoned), (COUNT as u64, 0), "{report:?}");
    assert!(closed.is_drained && closed.has_left, "{closed:?}");
    assert_eq!(read(&cluster).await.into_values().map(|read| read.len()).sum::<usize>(), COUNT);
}

#[tokio::test]
async fn what_cannot_be_in_transactions_is_refused_before_a_message_is_taken() {
    let cluster = two_topics();
    let transactional = Transactional::builder(cluster.config(), "copy").start().unwrap();
    let copy = async |m: &klamm_combinators::Record<'_, SharedMessage>, out: &mut Outputs<Record>| {
        out.send("out", m.key(), m.payload())
    };
    let member = consumer(cluster.consumer_config("group"));
    let detached = member.records().on_revoke(OnRevoke::Detach).by_key(4);
    let refused = soon("the refusal", detached.produce_to(&transactional, copy)).await;
    assert!(
        matches!(&refused, Err(ProcessError::Invalid(invalid)) if invalid.policy() == "on_revoke"),
        "{refused:?}"
    );
    soon("close", member.close(DEADLINE)).await;
    let config = cluster.consumer_config("group").set("isolation.level", "READ_UNCOMMITTED");
    let unstable = consumer(config);
    let refused = soon("the refusal", unstable.records().produce_to(&transactional, copy)).await;
    let Err(ProcessError::Source(error)) = refused else { panic!("{refused:?}") };
    let ErrorKind::Config(refused) = error.kind() else { panic!("{error:?}") };
    assert!(refused.to_string().contains("isolation.level"), "{refused}");
    soon("close", unstable.close(DEADLINE)).await;
    let alone = Consumer::builder(cluster.config()).assign(TOPIC, Start::Earliest).unwrap();
    let refused = soon("the refusal", alone.records().produce_to(&transactional, copy)).await;
    let Err(ProcessError::Source(error)) = refused else { panic!("{refused:?}") };
    assert!(matches!(error.kind(), ErrorKind::NoGroup { .. }), "{error:?}");
}

/// Both of the programs that the crate is there for, as short as they are meant to be.
#[tokio::test]
async fn consume_process_produce_is_one_line() {
    async fn enrich(m: &SharedMessage) -> Result<Vec<u8>, std::io::Error> {
        tokio::task::yield_now().await;
        Ok(m.payload().unwrap_or_default().to_ascii_uppercase())
    }
    let cluster = two_topics();
    let producer = producer(&cluster, 5);
    let consumer = consumer(cluster.consumer_config("group"));
    let pipeline = consumer
        .records()
        .by_key(64)
        .produce_to(&producer, async move |m, out| out.send("out", m.key(), &enrich(m).await?));
    let closing = async {
        written(&cluster, COUNT).await;
        consumer.close(DEADLINE).await
    };
    let (report, _) = soon("all messages", Box::pin(async { tokio::join!(pipeline, closing) })).await;
    assert_eq!(report.unwrap().committed, COUNT as u64);

    // Without a commit, with the operators of futures alone.
    let consumer = common::consumer(cluster.consumer_config("other"));
    let stream = consumer.stream().map_err(AnyError::from);
    let copies = stream.try_for_each(|m| {
        let producer = &producer;
        async move {
            producer.send(passed_on(&m.share())).await?;
            Ok(())
        }
    });
    let enough = written(&cluster, COUNT + 100);
    tokio::select! { ended = copies => panic!("{ended:?}"), () = enough => {} }
    soon("close", consumer.close(DEADLINE)).await;
}
