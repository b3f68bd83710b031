//! Transactions on real brokers: all together, or not at all.

use std::{future::Future, time::Duration};

use klamm_core::{
    Message, TopicPartition,
    contract::{ErrorClass, Produce, Transactions},
};
use klamm_producer::{Record, Transactional};
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;

const DEADLINE: Duration = Duration::from_secs(30);

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(60), future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, 60 s"),
    }
}

fn cluster() -> KafkaCluster {
    KafkaCluster::from_env().expect("`cargo xtask kafka run --brokers 3 -- …` sets KLAMM_KAFKA")
}

/// Reads what is committed of the output, up to the marker record.
async fn read(cluster: &KafkaCluster, out: &str) -> Vec<String> {
    let config = cluster.consumer_config(&format!("{out}-reader")).set("isolation.level", "read_committed");
    let reader = Consumer::builder(config).subscribe([out]).unwrap();
    let mut read = Vec::new();
    loop {
        let message = soon("an output", reader.recv()).await.unwrap();
        let text = String::from_utf8(message.payload().unwrap().to_vec()).unwrap();
        if text == "end" {
            break;
        }
        read.push(text);
    }
    soon("close", reader.close(DEADLINE)).await;
    read
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_and_positions_count_together_or_not_at_all() {
    let cluster = cluster();
    for protocol in ["classic", "consumer"] {
        let name = format!("transactions-{protocol}-{}", std::process::id());
        let out = format!("{name}-out");
        cluster.create_topic(&name, 1, 3).unwrap();
        cluster.create_topic(&out, 1, 3).unwrap();
        cluster.seed(&name, 1, 100, 20).unwrap();
        let config = cluster.consumer_config(&name).set("group.protocol", protocol);
        let consumer = Consumer::builder(config).subscribe([&name]).unwrap();
        let producer = Transactional::builder(cluster.config(), &name).start().unwrap();
        let (mut expected, mut last) = (Vec::new(), 0);
        for round in 0..10 {
            soon("begin", producer.begin()).await.unwrap();
            let (mut deliveries, mut position) = (Vec::new(), None);
            for _ in 0..10 {
                let message = soon("a message", consumer.recv()).await.unwrap();
                let payload = format!("{round}-{}", message.offset());
                deliveries.push(producer.send(Record::to(&*out).payload(payload)));
                position = Some(message.position());
            }
            let (position, partition) = (position.unwrap(), TopicPartition::new(&*name, 0));
            let group = soon("the group", consumer.group_metadata()).await.unwrap();
            soon("positions", producer.send_offsets(vec![(partition, position)], group)).await.unwrap();
            if round % 3 == 0 {
                soon("abort", producer.abort()).await.unwrap();
            } else {
                soon("commit", producer.commit()).await.unwrap();
                expected.extend((round * 10..round * 10 + 10).map(|offset| format!("{round}-{offset}")));
                last = position.offset();
            }
            for delivery in deliveries {
                // That of an aborted one is either.
                if let Err(error) = soon("a delivery", delivery).await {
                    assert_eq!(round % 3, 0, "{error}");
                }
            }
            assert_eq!(cluster.committed(&name, &name, 1).unwrap()[0].unwrap_or(0), last, "{protocol}");
        }
        soon("begin", producer.begin()).await.unwrap();
        drop(producer.send(Record::to(&*out).payload("end")));
        soon("commit", producer.commit()).await.unwrap();
        assert_eq!(read(&cluster, &out).await, expected, "{protocol}");
        soon("close", consumer.close(DEADLINE)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_fenced_producer_has_sent_is_never_seen() {
    let cluster = cluster();
    let out = format!("fenced-{}", std::process::id());
    cluster.create_topic(&out, 1, 3).unwrap();
    let start = || Transactional::builder(cluster.config(), &out).start().unwrap();
    let old = start();
    soon("begin", old.begin()).await.unwrap();
    soon("a delivery", old.send(Record::to(&*out).payload("old"))).await.unwrap();
    let new = start();
    soon("begin", new.begin()).await.unwrap();
    let error = soon("the refusal", old.commit()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Fenced, "{error:?}");
    for payload in ["new", "end"] {
        soon("a delivery", new.send(Record::to(&*out).payload(payload))).await.unwrap();
    }
    soon("commit", new.commit()).await.unwrap();
    assert_eq!(read(&cluster, &out).await, ["new"]);
}

/// The transaction of a dropped producer is aborted at once, not by its time-out: a reader is not held up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_producer_aborts_in_the_background() {
    let cluster = cluster();
    let out = format!("dropped-{}", std::process::id());
    cluster.create_topic(&out, 1, 3).unwrap();
    let start = |id: &str| Transactional::builder(cluster.config(), format!("{out}-{id}")).start().unwrap();
    let dropped = start("a");
    soon("begin", dropped.begin()).await.unwrap();
    soon("a delivery", dropped.send(Record::to(&*out).payload("dropped"))).await.unwrap();
    drop(dropped);
    let other = start("b");
    soon("begin", other.begin()).await.unwrap();
    drop(other.send(Record::to(&*out).payload("end")));
    soon("commit", other.commit()).await.unwrap();
    let read = tokio::time::timeout(DEADLINE, read(&cluster, &out));
    assert!(read.await.expect("long before the transaction's time-out").is_empty());
}

/// Its first record is under way by then, and the coordinator may still be busy with the transaction before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_aborted_as_soon_as_it_has_begun() {
    let cluster = cluster();
    let out = format!("aborted-{}", std::process::id());
    let more = format!("{out}-more");
    cluster.create_topic(&out, 1, 3).unwrap();
    cluster.create_topic(&more, 5, 3).unwrap();
    let producer = Transactional::builder(cluster.config().set("linger.ms", 0), &out).start().unwrap();
    let rounds = 50;
    for round in 0..rounds {
        soon("begin", producer.begin()).await.unwrap();
        drop(producer.send(Record::to(&*out).payload("committed")));
        // The more partitions there are, the longer it takes to end it.
        (0..5).for_each(|partition| drop(producer.send(Record::to(&*more).partition(partition))));
        soon("commit", producer.commit()).await.unwrap();
        soon("begin", producer.begin()).await.unwrap();
        drop(producer.send(Record::to(&*out).payload("aborted")));
        // At another moment each time.
        tokio::time::sleep(Duration::from_millis(round % 10)).await;
        soon("abort", producer.abort()).await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
    soon("begin", producer.begin()).await.unwrap();
    drop(producer.send(Record::to(&*out).payload("end")));
    soon("commit", producer.commit()).await.unwrap();
    assert_eq!(read(&cluster, &out).await, vec!["committed"; usize::try_from(rounds).unwrap()]);
}

/// Nothing is under way to the coordinator when its broker falls, so that nothing fails by which its absence would be noticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_are_committed_after_the_groups_coordinator_has_fallen() {
    let cluster = cluster();
    let name = format!("coordinator-{}", std::process::id());
    let out = format!("{name}-out");
    cluster.create_topic(&name, 1, 3).unwrap();
    cluster.create_topic(&out, 3, 3).unwrap();
    cluster.seed(&name, 1, 2, 20).unwrap();
    let consumer = Consumer::builder(cluster.consumer_config(&name)).subscribe([&name]).unwrap();
    let producer = Transactional::builder(cluster.config(), &name).start().unwrap();
    let mut fault = None;
    for _ in 0..2 {
        soon("begin", producer.begin()).await.unwrap();
        // When these are delivered, the producer knows which brokers are left.
        for partition in 0..3 {
            soon("a delivery", producer.send(Record::to(&*out).partition(partition))).await.unwrap();
        }
        let position = soon("a message", consumer.recv()).await.unwrap().position();
        let group = soon("the group", consumer.group_metadata()).await.unwrap();
        let positions = vec![(TopicPartition::new(&*name, 0), position)];
        soon("positions", producer.send_offsets(positions, group)).await.unwrap();
        soon("commit", producer.commit()).await.unwrap();
        if fault.is_none() {
            fault = Some(cluster.kill(cluster.coordinator(&name).unwrap()).unwrap());
        }
    }
    fault.unwrap().end().unwrap();
    assert_eq!(cluster.committed(&name, &name, 1).unwrap(), [Some(2)]);
    soon("close", consumer.close(DEADLINE)).await;
}
