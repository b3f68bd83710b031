//! A transactional producer.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_channel::oneshot;
use klamm_core::{
    Config, GroupMetadata, Position, TopicPartition,
    contract::{Produce, Transactions, Window},
};

use super::{
    TransactionAnswer, TransactionalBuilder,
    thread::{Call, Requests},
};
use crate::{Delivery, Producer, Record};

/// A producer that sends within transactions: what is sent in one is seen by readers of committed records all together, or
/// not at all.
///
/// Calls are made one after the other on a thread of their own, so that none blocks. One pipeline at a time sends within them
/// (`produce_to` of `klamm-combinators`): each needs a producer of its own.
/// When this is dropped the transaction that is open is aborted in the background; if that fails, the coordinator does it
/// after `transaction.timeout.ms`.
pub struct Transactional {
    producer: Producer,
    requests: Requests,
    window: Window,
    /// A pipeline has the transactions.
    is_taken: AtomicBool,
}

impl Transactional {
    /// Begins with settings and an id (`transactional.id`); end with [`TransactionalBuilder::start`].
    ///
    /// Of producers with the same id the last one that got ready counts, and all others are fenced.
    pub fn builder(config: Config, id: impl Into<String>) -> TransactionalBuilder {
        TransactionalBuilder::new(config, id.into())
    }

    pub(super) fn new(producer: Producer, requests: Requests, window: Window) -> Self {
        Self { producer, requests, window, is_taken: AtomicBool::new(false) }
    }

    fn call(&self, call: Call) -> TransactionAnswer {
        let (reply, answer) = oneshot::channel();
        self.requests.send(call, reply);
        TransactionAnswer::new(answer)
    }
}

impl Produce for Transactional {
    type Record = Record;
    type Delivery = Delivery;
    type Transactions = Self;

    fn send(&self, record: Record) -> Delivery {
        self.producer.send(record)
    }

    fn flush(&self) {
        Produce::flush(&self.producer);
    }

    fn transactions(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Transactions for Transactional {
    type Answer = TransactionAnswer;

    fn window(&self) -> Window {
        self.window
    }

    fn take(&self) -> bool {
        !self.is_taken.swap(true, Ordering::AcqRel)
    }

    fn give_back(&self) {
        self.is_taken.store(false, Ordering::Release);
    }

    fn begin(&self) -> TransactionAnswer {
        self.call(Call::Begin)
    }

    fn send_offsets(
        &self,
        positions: Vec<(TopicPartition, Position)>,
        group: GroupMetadata,
    ) -> TransactionAnswer {
        self.call(Call::SendOffsets(positions, group))
    }

    fn commit(&self) -> TransactionAnswer {
        self.call(Call::Commit)
    }

    /// Before the abort it waits until a record is acknowledged, up to ten seconds: until then the coordinator may not know of the
    /// transaction, and librdkafka 2.12.1 would be done with the producer (`rd_kafka_txn_handle_EndTxn`).
    fn abort(&self) -> TransactionAnswer {
        self.call(Call::Abort)
    }
}

impl fmt::Debug for Transactional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactional")
            .field("producer", &self.producer)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
