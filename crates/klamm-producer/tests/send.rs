//! Sending over the mock cluster.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use klamm_core::{Config, ConfigError, ErrorKind};
use klamm_producer::{DeliveryError, Producer, Record};
use klamm_testing::MockCluster;

fn cluster() -> MockCluster {
    let cluster = MockCluster::start(1).unwrap();
    cluster.create_topic("orders", 2).unwrap();
    cluster
}

fn producer(config: Config) -> Producer {
    Producer::builder(config).start().unwrap()
}

#[tokio::test]
async fn a_delivery_says_where_the_record_is() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    for offset in 0..3 {
        let record = Record::to("orders").partition(1).key("k").payload("p").timestamp(1_000 + offset);
        let delivered = producer.send(record).await.unwrap();
        assert_eq!((delivered.partition, delivered.offset), (1, offset));
        // Which one is proved on Kafka: the mock answers with a time of its own.
        assert!(delivered.timestamp.to_millis().is_some());
    }
    assert_eq!(cluster.end_offsets("orders", 2).unwrap(), [0, 3]);
}

#[tokio::test]
async fn a_full_queue_is_awaited() {
    let cluster = cluster();
    let producer = producer(cluster.config().set("queue.buffering.max.messages", 10).set("linger.ms", 1));
    let deliveries = (0..1_000).map(|_| producer.send(Record::to("orders").payload("p")));
    for delivery in join_all(deliveries).await {
        delivery.unwrap();
    }
    assert_eq!(cluster.end_offsets("orders", 2).unwrap().iter().sum::<i64>(), 1_000);
}

#[tokio::test]
async fn a_record_that_cannot_be_sent_comes_back() {
    let cluster = cluster();
    let producer = producer(cluster.config());
    for topic in ["", "a\0b"] {
        let record = Record::to(topic).payload("p");
        match producer.send(record.clone()).await.unwrap_err() {
            DeliveryError::NotTaken { record: back, .. } => assert_eq!(*back, record),
            other => panic!("{other:?}"),
        }
    }
    let too_large = Record::to("orders").payload(vec![0; 2_000_000]);
    let error = producer.send(too_large).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NotTaken { .. }) && !error.is_retriable(), "{error:?}");
}

#[tokio::test]
async fn closing_delivers_what_is_under_way() {
    let cluster = cluster();
    let producer = producer(cluster.config().set("linger.ms", 500));
    let deliveries: Vec<_> = (0..500).map(|_| producer.send(Record::to("orders").payload("p"))).collect();
    let undelivered = producer.close(Duration::from_secs(20)).await;
    assert_eq!(undelivered.records, 0);
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    let error = producer.send(Record::to("orders").payload("late")).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Closed { .. }), "{error:?}");
}

#[tokio::test]
async fn closing_sends_what_lingers() {
    let cluster = cluster();
    let producer = producer(cluster.config().set("linger.ms", 60_000));
    let delivery = producer.send(Record::to("orders").payload("p"));
    let started = Instant::now();
    assert_eq!(producer.close(Duration::from_secs(20)).await.records, 0);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    delivery.await.unwrap();
}

#[tokio::test]
async fn a_record_for_which_there_is_never_room_comes_back() {
    let cluster = cluster();
    let producer = producer(cluster.config().set("queue.buffering.max.kbytes", 1));
    let error = producer.send(Record::to("orders").payload(vec![0; 100_000])).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NotTaken { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_beside_a_close_is_answered() {
    for _ in 0..50 {
        let cluster = cluster();
        let producer = producer(cluster.config());
        let sending = tokio::spawn({
            let producer = producer.clone();
            async move {
                loop {
                    match producer.send(Record::to("orders").payload("p")).await {
                        Ok(_) => {}
                        Err(error) => break error,
                    }
                }
            }
        });
        producer.send(Record::to("orders").payload("p")).await.unwrap();
        assert_eq!(producer.close(Duration::from_secs(20)).await.records, 0);
        let error = tokio::time::timeout(Duration::from_secs(20), sending).await.expect("an answer").unwrap();
        assert!(matches!(error, DeliveryError::Closed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn without_a_broker_closing_gives_up_by_its_deadline() {
    let producer = producer(Config::new().bootstrap_servers("127.0.0.1:1"));
    let delivery = producer.send(Record::to("orders").payload("p"));
    let started = Instant::now();
    assert_eq!(producer.close(Duration::from_millis(300)).await.records, 1);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(matches!(delivery.await.unwrap_err(), DeliveryError::Failed { .. }));
}

#[tokio::test]
async fn a_dropped_producer_still_delivers() {
    let cluster = cluster();
    let producer = producer(cluster.config().set("linger.ms", 200));
    let delivery = producer.send(Record::to("orders").payload("p"));
    let started = Instant::now();
    drop(producer);
    assert!(started.elapsed() < Duration::from_millis(50), "drop took {:?}", started.elapsed());
    delivery.await.unwrap();
}

#[test]
fn a_configuration_that_cannot_work_is_refused_by_name() {
    let config = Config::new().set("delivery.report.only.error", true);
    let error = Producer::builder(config).start().unwrap_err();
    let key = "delivery.report.only.error";
    assert!(
        matches!(error.kind(), ErrorKind::Config(ConfigError::Refused { key: refused, .. }) if *refused == key),
        "{error}"
    );
}
