//! Clients of the mock cluster that report on themselves.

use std::time::{Duration, Instant};

use klamm_core::{
    Config, PartitionOffset, Position, TopicPartition,
    native::{Client, CommitToken, Content, Event, EventQueue, RawProducer, RebalanceKind},
    statistics::Statistics,
};
use klamm_testing::MockCluster;

const DEADLINE: Duration = Duration::from_secs(60);

/// A report, as text and read.
pub(crate) struct Report {
    pub(crate) text: String,
    pub(crate) statistics: Statistics,
}

/// A cluster whose topic `orders` has `partitions` partitions with fifty records each.
pub(crate) fn cluster(partitions: usize) -> MockCluster {
    let cluster = MockCluster::start(2).unwrap();
    cluster.create_topic("orders", partitions).unwrap();
    cluster.seed("orders", partitions, 50 * partitions, 20).unwrap();
    cluster
}

fn reporting(config: Config) -> Config {
    config.set("statistics.interval.ms", 100)
}

/// Reads events until a report is as it should be.
fn wait_for(
    queue: &mut EventQueue,
    what: &str,
    is_so: impl Fn(&Statistics) -> bool,
    mut other: impl FnMut(&EventQueue, Event),
) -> Report {
    let deadline = Instant::now() + DEADLINE;
    let mut last = None;
    while Instant::now() < deadline {
        match queue.poll(Some(Duration::from_millis(50))) {
            Some(Event::Statistics(text)) => {
                let statistics = Statistics::parse(&text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
                if is_so(&statistics) {
                    return Report { text, statistics };
                }
                last = Some(text);
            }
            Some(event) => other(queue, event),
            None => {}
        }
    }
    panic!("no report says that {what}; the last one: {last:?}");
}

/// Starts a producer, has it deliver `records` records to partition 0, and returns a report of that.
pub(crate) fn produced(config: Config, records: u64) -> Report {
    let (producer, mut queue) = RawProducer::start(&reporting(config), None, ()).unwrap();
    for _ in 0..records {
        let mut record =
            Content { partition: Some(0), payload: Some(b"payload"[..].into()), ..Content::default() };
        drop(producer.produce(&"orders".into(), &mut record).unwrap());
    }
    let is_delivered = |statistics: &Statistics| {
        let topic = statistics.topics.get("orders");
        let partition = topic.and_then(|topic| topic.partitions.get(&0));
        partition.is_some_and(|partition| partition.txmsgs == records && partition.msgs_inflight == 0)
    };
    wait_for(&mut queue, "the records are sent", is_delivered, |_, event| {
        if let Event::Deliveries(deliveries) = event {
            producer.deliveries(deliveries, |_, report| assert_eq!(report.error, None), |_| {});
        }
    })
}

/// A member of a group that takes what it is assigned.
pub(crate) struct Member {
    client: Client,
    queue: EventQueue,
}

impl Member {
    pub(crate) fn join(config: Config) -> Self {
        let client = Client::consumer(&reporting(config)).unwrap();
        client.subscribe(&["orders"]).unwrap();
        let queue = EventQueue::of_consumer(&client).unwrap();
        Self { client, queue }
    }

    pub(crate) fn assign(&self, partitions: &[i32]) {
        let partitions = partitions.iter().map(|number| PartitionOffset::unset(orders(*number)));
        self.client.assign(&partitions.collect::<Vec<_>>()).unwrap();
    }

    pub(crate) fn commit(&self, partition: i32, offset: i64) {
        let position = PartitionOffset::at(orders(partition), Position::at(offset));
        self.client.commit(&[position], &self.queue, CommitToken::new(0)).unwrap();
    }

    pub(crate) fn wait_for(&mut self, what: &str, is_so: impl Fn(&Statistics) -> bool) -> Report {
        let client = &self.client;
        wait_for(&mut self.queue, what, is_so, |_, event| match event {
            Event::Rebalance(rebalance) if rebalance.kind == RebalanceKind::Assign => {
                client.assign(rebalance.partitions.as_slice()).unwrap();
            }
            Event::Rebalance(_) => client.unassign().unwrap(),
            Event::Commit { error, .. } => assert_eq!(error, None),
            _ => {}
        })
    }
}

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}
