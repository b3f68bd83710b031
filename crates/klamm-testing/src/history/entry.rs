//! One thing that happened.

use std::{sync::Arc, time::Duration};

use klamm_core::{
    Epoch, Message, TopicPartition,
    contract::{Assigned, CommitResult},
};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When, counted from the beginning of the history.
    pub at: Duration,
    /// To which member.
    pub member: Arc<str>,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Happened {
    /// A pipeline took its source's messages.
    Opened,
    /// A pipeline gave its source back: it is over, or was dropped.
    Ended,
    /// The pipeline heard that partitions were assigned.
    Assigned(Vec<Assigned>),
    /// The pipeline heard that a revoke waits for it.
    Revoked {
        /// The epochs that end.
        epochs: Vec<Epoch>,
        /// When the hold ends whatever happens, counted from the beginning of the history.
        deadline: Duration,
    },
    /// The pipeline let a revoke go on.
    Released {
        /// The epochs that end.
        epochs: Vec<Epoch>,
    },
    /// The pipeline heard that partitions are gone.
    Lost {
        /// The epochs that ended.
        epochs: Vec<Epoch>,
    },
    /// The pipeline was handed a message.
    Delivered(Arc<Record>),
    /// The pipeline gave messages back, from this offset on.
    Rewound {
        /// Of which assignment.
        epoch: Epoch,
        /// The first offset that is delivered again.
        offset: i64,
    },
    /// A handler was started.
    Started {
        /// The handler's number, no other's in this history.
        number: u64,
        /// What it handles.
        record: Arc<Record>,
    },
    /// A handler is over.
    Finished {
        /// The handler's number.
        number: u64,
        /// What it has handled.
        record: Arc<Record>,
        /// How it went.
        outcome: Outcome,
    },
    /// The pipeline asked for these offsets to be committed.
    Asked(Vec<(Epoch, i64)>),
    /// The pipeline was answered.
    Answered(Vec<(Epoch, CommitResult)>),
    /// The member was told to shut down, within this time.
    Closing {
        /// How long it may take.
        deadline: Duration,
    },
    /// The member has shut down.
    Closed,
    /// The longest poll (or drop) of a future so far: how long it kept its thread.
    Polled {
        /// On a processor or asleep; the wait for a processor is not counted where the system tells of it.
        kept: Duration,
    },
    /// The log of a partition holds records below `end`.
    Stands {
        /// The partition.
        partition: TopicPartition,
        /// The offset after its last record.
        end: i64,
    },
    /// The cluster said what the group has committed.
    Committed {
        /// The partition.
        partition: TopicPartition,
        /// The offset of the next message to be read, if any was committed.
        offset: Option<i64>,
    },
}

/// A message, as far as invariants speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its partition.
    pub partition: TopicPartition,
    /// Its offset.
    pub offset: i64,
    /// Its key.
    pub key: Option<Box<[u8]>>,
    /// The assignment under which it was delivered.
    pub epoch: Epoch,
    /// Where its key and its payload are in memory; 0 for what has no bytes.
    pub memory: [usize; 2],
}

impl Record {
    /// Takes what is needed of a message.
    pub fn of<M: Message + ?Sized>(message: &M) -> Self {
        let place = |bytes: Option<&[u8]>| {
            bytes.filter(|bytes| !bytes.is_empty()).map_or(0, |bytes| bytes.as_ptr().addr())
        };
        Self {
            partition: TopicPartition::new(message.topic(), message.partition()),
            offset: message.offset(),
            key: message.key().map(Box::from),
            epoch: message.epoch(),
            memory: [place(message.key()), place(message.payload())],
        }
    }
}

/// How a handler ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With success.
    Done,
    /// With an error.
    Failed,
    /// Dropped where it waited.
    Dropped,
    /// In a panic.
    Panicked,
}
