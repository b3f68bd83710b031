//! What a cluster says of itself: its brokers, topics and partitions.

use std::sync::Arc;

use crate::ErrorCode;

/// What a cluster said of itself, at one moment.
///
/// [`Client::metadata`](crate::native::Client::metadata) asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The brokers that are up.
    pub brokers: Vec<Broker>,
    /// The broker that is the cluster's controller, if the cluster has said so. Kafka in `KRaft` mode names any broker.
    pub controller: Option<i32>,
    /// The topics: all that the client may see, or the one that was asked for.
    pub topics: Vec<TopicMetadata>,
}

/// A broker and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broker {
    /// Its number in the cluster.
    pub id: i32,
    /// The host that clients reach it by.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A topic and its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicMetadata {
    /// The topic's name; what is not UTF-8 in it is replaced.
    pub name: Arc<str>,
    /// Why the cluster has nothing to say of it, as
    /// [`UNKNOWN_TOPIC_OR_PARTITION`](ErrorCode::UNKNOWN_TOPIC_OR_PARTITION); then there are no partitions.
    pub error: Option<ErrorCode>,
    /// The partitions, by number.
    pub partitions: Vec<PartitionMetadata>,
}

/// A partition and the brokers that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionMetadata {
    /// The partition's number, from 0.
    pub partition: i32,
    /// What is wrong with it, as [`LEADER_NOT_AVAILABLE`](ErrorCode::LEADER_NOT_AVAILABLE); the rest is said all the same.
    pub error: Option<ErrorCode>,
    /// The broker that leads it; `None` while there is none.
    pub leader: Option<i32>,
    /// The brokers that are to have it.
    pub replicas: Vec<i32>,
    /// Those of them that have all of it.
    pub in_sync: Vec<i32>,
}

impl Metadata {
    /// Returns what was said of a topic.
    pub fn topic(&self, name: &str) -> Option<&TopicMetadata> {
        self.topics.iter().find(|topic| &*topic.name == name)
    }
}
