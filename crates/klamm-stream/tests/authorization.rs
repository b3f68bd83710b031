//! What a client may not do, seen by those that read partitions one by one: who is told, and that all else goes on.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use common::{
    TOPIC, cluster,
    read::{Read, code, place, quick, subscribed},
    soon, until,
};
use futures_util::{StreamExt, stream::SelectAll};
use klamm_core::{Error, ErrorCode, ErrorKind, Message};
use klamm_stream::{Consumer, PartitionStream, Partitions};
use klamm_testing::{ApiKey, MockCluster};

const PARTITIONS: usize = 3;
/// Records that are written before and after an error.
const COUNT: usize = 300;

/// Reads whatever partitions are handed out, and tells apart who is told of an error.
struct Split {
    partitions: Partitions,
    streams: SelectAll<PartitionStream>,
    handed_out: usize,
    /// What the partitions' own streams have said is in there too.
    read: Read,
    /// What was said where partitions are handed out.
    told: Vec<Error>,
}

impl Split {
    fn of(consumer: &Consumer) -> Self {
        let (streams, read) = (SelectAll::new(), Read::default());
        Self { partitions: consumer.partitions(), streams, handed_out: 0, read, told: Vec::new() }
    }

    /// Goes on with whatever comes next, and returns whether more may come.
    async fn step(&mut self) -> bool {
        tokio::select! {
            biased;
            handed = self.partitions.next() => match handed {
                Some(Ok(stream)) => {
                    self.handed_out += 1;
                    self.streams.push(stream);
                }
                Some(Err(error)) => self.told.push(error),
                None => return false,
            },
            item = self.streams.next(), if !self.streams.is_empty() => if let Some(item) = item {
                self.read.note(item.map(|message| (message.partition(), message.offset())));
            }
        }
        true
    }

    async fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            assert!(soon(what, self.step()).await, "the end instead of {what}");
        }
    }

    async fn until_read(&mut self, count: usize) {
        self.until("messages", |it| it.read.count() == count).await;
    }

    /// Reads what is there and commits it.
    async fn settle(&mut self, consumer: &Consumer, count: usize) {
        self.until_read(count).await;
        soon("a commit", consumer.commit_delivered()).await.unwrap();
    }

    /// Holds the errors told where partitions are handed out to a code.
    fn check_told(&self, expected: ErrorCode) {
        assert!(!self.told.is_empty() && self.told.iter().all(|it| code(it) == expected), "{:?}", self.told);
        assert!(self.read.errors.is_empty(), "{:?}", self.read.errors);
    }
}

fn of_partition(error: &Error) -> Option<i32> {
    let ErrorKind::Partition { partition, .. } = error.kind() else { return None };
    Some(partition.partition)
}

fn protocol_member(cluster: &MockCluster) -> Consumer {
    subscribed(cluster.consumer_protocol_config("group").set("fetch.error.backoff.ms", 10))
}

#[tokio::test]
async fn a_topic_that_may_not_be_read_is_told_once_to_each_partitions_stream() {
    let cluster = cluster(PARTITIONS, COUNT);
    let consumer = subscribed(quick(&cluster));
    let mut split = Split::of(&consumer);
    split.until_read(COUNT).await;
    // The first may be passed over, at the end of the log.
    cluster.push_request_errors(ApiKey::FETCH, &[ErrorCode::TOPIC_AUTHORIZATION_FAILED; 3]);
    split.until("an error for each", |it| it.read.errors.len() == PARTITIONS).await;
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    split.until_read(2 * COUNT).await;
    let end = i64::try_from(COUNT / PARTITIONS).unwrap();
    let mut said = BTreeMap::new();
    for error in &split.read.errors {
        let (partition, offset, code) = place(error);
        assert_eq!((offset, code), (end, ErrorCode::TOPIC_AUTHORIZATION_FAILED));
        *said.entry(partition.partition).or_insert(0) += 1;
    }
    assert_eq!(said, BTreeMap::from([(0, 1), (1, 1), (2, 1)]));
    assert!(split.told.is_empty(), "{:?}", split.told);
    assert_eq!(split.handed_out, PARTITIONS, "no stream has ended");
}

#[tokio::test]
async fn a_topic_that_is_forbidden_ends_its_streams_and_is_handed_out_again() {
    let cluster = cluster(PARTITIONS, COUNT);
    let config = quick(&cluster).set("topic.metadata.refresh.interval.ms", 50);
    let consumer = subscribed(config.set("topic.metadata.propagation.max.ms", 0));
    let mut split = Split::of(&consumer);
    split.settle(&consumer, COUNT).await;
    cluster.set_topic_error(TOPIC, ErrorCode::TOPIC_AUTHORIZATION_FAILED).unwrap();
    split.until("the streams' end", |it| !it.told.is_empty() && it.streams.is_empty()).await;
    for error in &split.told {
        let names = match error.kind() {
            ErrorKind::Topic { topic, .. } => &**topic == TOPIC,
            ErrorKind::Partition { partition, .. } => &*partition.topic == TOPIC,
            _ => false,
        };
        let is_so =
            [ErrorCode::TOPIC_AUTHORIZATION_FAILED, ErrorCode::UNKNOWN_PARTITION].contains(&code(error));
        assert!(names && is_so, "{error:?}");
    }
    cluster.set_topic_error(TOPIC, None).unwrap();
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    split.until_read(2 * COUNT).await;
    assert_eq!(split.handed_out, 2 * PARTITIONS);
}

#[tokio::test]
async fn a_group_that_may_not_be_joined_is_told_where_partitions_are_handed_out() {
    for request in [ApiKey::FIND_COORDINATOR, ApiKey::JOIN_GROUP] {
        let cluster = cluster(PARTITIONS, COUNT);
        // Twice: librdkafka asks for the coordinator over its first connection, and does not always wait for the answer.
        cluster.push_request_errors(request, &[ErrorCode::GROUP_AUTHORIZATION_FAILED; 2]);
        let consumer = subscribed(quick(&cluster));
        let mut split = Split::of(&consumer);
        split.until_read(COUNT).await;
        split.check_told(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    }
}

#[tokio::test]
async fn a_member_that_may_not_join_again_reads_on_once_it_may() {
    let cluster = cluster(PARTITIONS, COUNT);
    let consumer = subscribed(quick(&cluster));
    let mut split = Split::of(&consumer);
    split.settle(&consumer, COUNT).await;
    cluster.push_request_errors(ApiKey::JOIN_GROUP, &[ErrorCode::GROUP_AUTHORIZATION_FAILED; 3]);
    cluster.push_request_errors(ApiKey::HEARTBEAT, &[ErrorCode::ILLEGAL_GENERATION]);
    split.until("each refusal", |it| it.told.len() == 3 && it.streams.is_empty()).await;
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    split.until_read(2 * COUNT).await;
    split.check_told(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    assert_eq!(split.handed_out, 2 * PARTITIONS);
}

#[tokio::test]
async fn a_refusal_waits_for_whoever_hands_partitions_out_next() {
    let cluster = cluster(1, COUNT);
    let consumer = subscribed(quick(&cluster));
    let mut stream = soon("a partition", consumer.partitions().next()).await.unwrap().unwrap();
    let mut read = Read::default();
    read.until(COUNT, &mut stream).await;
    soon("a commit", consumer.commit_delivered()).await.unwrap();
    cluster.push_request_errors(ApiKey::JOIN_GROUP, &[ErrorCode::GROUP_AUTHORIZATION_FAILED]);
    cluster.push_request_errors(ApiKey::HEARTBEAT, &[ErrorCode::ILLEGAL_GENERATION]);
    assert!(soon("the end", stream.next()).await.is_none());
    drop(stream);
    until("another assignment", || !consumer.assignment().is_empty()).await;
    let mut split = Split::of(&consumer);
    split.read = read;
    cluster.seed(TOPIC, 1, COUNT, 100).unwrap();
    split.until_read(2 * COUNT).await;
    split.check_told(ErrorCode::GROUP_AUTHORIZATION_FAILED);
}

#[tokio::test]
async fn the_new_protocol_goes_on_without_a_topic_and_ends_without_a_group() {
    let cluster = cluster(PARTITIONS, COUNT);
    let consumer = protocol_member(&cluster);
    let mut split = Split::of(&consumer);
    split.settle(&consumer, COUNT).await;
    let refuse = |code| cluster.push_request_errors(ApiKey::CONSUMER_GROUP_HEARTBEAT, &[code]);
    refuse(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    split.until("a refusal", |it| !it.told.is_empty()).await;
    cluster.seed(TOPIC, PARTITIONS, COUNT, 100).unwrap();
    split.until_read(2 * COUNT).await;
    split.check_told(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    assert_eq!(split.handed_out, PARTITIONS, "no stream has ended");

    split.told.clear();
    refuse(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    while soon("the end", split.step()).await {}
    split.check_told(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    assert!(matches!(split.told[0].kind(), ErrorKind::Fatal { .. }) && split.told.len() == 1);
    assert!(soon("the end", split.streams.next()).await.is_none(), "each stream ends");
}

#[tokio::test]
async fn a_commit_that_is_not_allowed_is_answered_to_its_caller_alone() {
    for refused in [ErrorCode::GROUP_AUTHORIZATION_FAILED, ErrorCode::TOPIC_AUTHORIZATION_FAILED] {
        let cluster = cluster(1, COUNT);
        let consumer = subscribed(quick(&cluster));
        let mut split = Split::of(&consumer);
        split.until_read(COUNT).await;
        cluster.push_request_errors(ApiKey::OFFSET_COMMIT, &[refused]);
        let error = soon("an answer", consumer.commit_delivered()).await.unwrap_err();
        assert_eq!(code(&error), refused);
        cluster.seed(TOPIC, 1, COUNT, 100).unwrap();
        split.settle(&consumer, 2 * COUNT).await;
        assert!(split.told.is_empty() && split.read.errors.is_empty(), "{:?}", split.told);
        let end = i64::try_from(2 * COUNT).unwrap();
        assert_eq!(cluster.committed("group", TOPIC, 1).unwrap(), [Some(end)]);
    }
}

/// librdkafka begins a partition no more whose committed offset it was refused (`rd_kafka_assignment_apply_offsets`).
#[tokio::test]
async fn a_committed_offset_that_may_not_be_asked_for_is_told_and_assigned_anew() {
    for refused in [ErrorCode::GROUP_AUTHORIZATION_FAILED, ErrorCode::TOPIC_AUTHORIZATION_FAILED] {
        let cluster = cluster(PARTITIONS, COUNT);
        cluster.push_request_errors(ApiKey::OFFSET_FETCH, &[refused]);
        let consumer = subscribed(quick(&cluster));
        let mut split = Split::of(&consumer);
        // Once of all, and once of each.
        split.until("a refusal of each", |it| it.told.len() == 1 + PARTITIONS).await;
        let named: BTreeSet<_> = split.told.iter().filter_map(of_partition).collect();
        assert_eq!(named, (0..3).collect(), "{:?}", split.told);
        assert_eq!((split.streams.len(), split.read.count()), (PARTITIONS, 0));
        let (left, ()) = tokio::join!(consumer.unsubscribe(), async {
            split.until("the streams' end", |it| it.streams.is_empty()).await;
        });
        left.unwrap();
        soon("an answer", consumer.subscribe([TOPIC])).await.unwrap();
        split.until_read(COUNT).await;
        split.check_told(refused);
    }
}

#[tokio::test]
async fn closing_waits_for_no_refusal() {
    let cluster = cluster(PARTITIONS, COUNT);
    cluster.push_request_errors(ApiKey::JOIN_GROUP, &[ErrorCode::GROUP_AUTHORIZATION_FAILED; 1_000]);
    let consumer = subscribed(quick(&cluster));
    let mut split = Split::of(&consumer);
    split.until("a refusal", |it| !it.told.is_empty()).await;
    let report = soon("close", consumer.close(Duration::from_secs(10))).await;
    assert!(report.has_left, "{report:?}");
    while soon("the end", split.step()).await {}
    split.check_told(ErrorCode::GROUP_AUTHORIZATION_FAILED);
}
