//! The thread that makes the calls of transactions, which block.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use futures_channel::oneshot;
use klamm_core::{
    Error, ErrorCode, ErrorKind, GroupMetadata, Position, TopicPartition,
    contract::{ErrorClass, ProducerError},
};

use crate::{DeliveryError, Producer};

/// How long one call waits before it is looked whether to go on.
const CALL: Duration = Duration::from_secs(1);
/// How long it may take until the first record of a transaction that is to be aborted is acknowledged.
const ARRIVE: Duration = Duration::from_secs(10);
/// How long to send what lingers before it is looked whether that is so.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long to rest before a call is made again.
const PAUSE: Duration = Duration::from_millis(20);
/// How long the abort of a producer that was dropped is tried.
const LAST_ABORT: Duration = Duration::from_secs(10);

/// Who is told how a call went.
type Reply = oneshot::Sender<Result<(), ProducerError>>;

/// A call to be made.
pub(super) enum Call {
    Begin,
    SendOffsets(Vec<(TopicPartition, Position)>, GroupMetadata),
    Commit,
    Abort,
}

/// The way to the thread, which ends when this is dropped.
pub(super) struct Requests {
    calls: mpsc::Sender<(Call, Reply)>,
    is_dropped: Arc<AtomicBool>,
}

impl Requests {
    /// Has a call made after those before it.
    pub(super) fn send(&self, call: Call, reply: Reply) {
        // Without the thread the reply is dropped, which says so.
        self.calls.send((call, reply)).ok();
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.is_dropped.store(true, Ordering::Release);
    }
}

/// Starts the thread that makes the calls of a producer, each again and again `within` this time while that may help.
pub(super) fn spawn(producer: Producer, within: Duration) -> Result<Requests, Error> {
    let (calls, received) = mpsc::channel();
    let is_dropped = Arc::<AtomicBool>::default();
    let mut control =
        Control { producer, within, is_dropped: Arc::clone(&is_dropped), is_open: false, delivered: 0 };
    let thread = thread::Builder::new().name("klamm-transactions".to_owned());
    let spawned = thread.spawn(move || control.run(&received));
    spawned.map_err(|error| Error::from(ErrorKind::Thread(Arc::new(error))))?;
    Ok(Requests { calls, is_dropped })
}

struct Control {
    // Its control thread takes the delivery reports that committing and aborting wait for.
    producer: Producer,
    within: Duration,
    is_dropped: Arc<AtomicBool>,
    /// There may be a transaction.
    is_open: bool,
    /// How many records were delivered before it.
    delivered: usize,
}

impl Control {
    fn run(&mut self, calls: &mpsc::Receiver<(Call, Reply)>) {
        let mut ready = self.get_ready();
        while let Ok((call, reply)) = calls.recv() {
            let answer = match mem::replace(&mut ready, Ok(())) {
                Ok(()) => self.make(&call),
                // Said to the first call; those after it are answered by librdkafka.
                Err(error) => Err(error),
            };
            // Who does not wait any more need not be told.
            reply.send(answer).ok();
        }
        if self.is_open {
            self.arrive();
            let client = self.producer.client();
            if let Err(error) = client.abort_transaction(LAST_ABORT) {
                tracing::warn!(target: "klamm", %error, "a transaction is left to its time-out");
            }
        }
    }

    /// Gets ready for transactions, however long the coordinator takes.
    fn get_ready(&self) -> Result<(), ProducerError> {
        let client = self.producer.client();
        let mut is_told = false;
        loop {
            match client.init_transactions(CALL) {
                Err(error) if error.is_retriable() && !self.is_dropped.load(Ordering::Acquire) => {
                    if !mem::replace(&mut is_told, true) {
                        tracing::warn!(target: "klamm", %error, "transactions wait for their coordinator");
                    }
                }
                answer => return answer,
            }
        }
    }

    fn make(&mut self, call: &Call) -> Result<(), ProducerError> {
        let client = self.producer.client();
        match call {
            Call::Begin => {
                client.begin_transaction()?;
                self.is_open = true;
                self.delivered = self.producer.shared().returns.delivered();
                Ok(())
            }
            Call::SendOffsets(positions, group) => {
                self.again(|| client.send_offsets_to_transaction(positions, group, CALL))
            }
            Call::Commit => {
                self.hand_over()?;
                self.to_the_end(|| client.commit_transaction(CALL))?;
                self.is_open = false;
                Ok(())
            }
            Call::Abort if !self.is_open => Ok(()),
            Call::Abort => {
                self.give_up_line();
                self.arrive();
                self.again(|| client.abort_transaction(CALL))?;
                self.is_open = false;
                Ok(())
            }
        }
    }

    /// Waits until nothing waits for room any more: only then all that was sent is a part of the transaction.
    fn hand_over(&self) -> Result<(), ProducerError> {
        let until = Instant::now() + self.within;
        while !self.producer.shared().is_line_empty() {
            if Instant::now() >= until {
                return Err(ProducerError::new(
                    ErrorClass::Abort,
                    "records of the transaction still wait for room",
                ));
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Gives up what waits for room: it must not become a part of the next transaction.
    fn give_up_line(&self) {
        let code = ErrorCode::PURGE_QUEUE;
        self.producer.shared().disperse(|record| DeliveryError::Failed { record, code });
    }

    /// Waits a while until the coordinator knows of the transaction, as it does when a record is acknowledged.
    ///
    /// It takes note of nothing while it ends the transaction before, which takes seconds if a broker has fallen, and librdkafka
    /// 2.12.1 then asks again; an abort that comes between is refused with `INVALID_TXN_STATE`, which is fatal
    /// (`rd_kafka_txn_handle_AddPartitionsToTxn`, `rd_kafka_txn_handle_EndTxn`).
    fn arrive(&self) {
        let (shared, until) = (self.producer.shared(), Instant::now() + ARRIVE);
        let returns = &shared.returns;
        while returns.delivered() == self.delivered && returns.under_way() > 0 && Instant::now() < until {
            shared.raw.flush(LOOK_AGAIN);
        }
    }

    /// Makes a call again and again until it is answered for good, however long that takes: once a commit was begun, nothing
    /// else is to be had from librdkafka, not even an abort (`rd_kafka_txn_curr_api_begin`).
    fn to_the_end(&self, call: impl Fn() -> Result<(), ProducerError>) -> Result<(), ProducerError> {
        loop {
            match self.again(&call) {
                Err(error) if error.is_retriable() && !self.is_dropped.load(Ordering::Acquire) => {
                    tracing::warn!(target: "klamm", %error, "a transaction is not committed yet");
                }
                answer => return answer,
            }
        }
    }

    /// Makes a call again and again while that may help: librdkafka goes on with it.
    fn again(&self, call: impl Fn() -> Result<(), ProducerError>) -> Result<(), ProducerError> {
        let until = Instant::now() + self.within;
        loop {
            match call() {
                Err(error) if error.is_retriable() && Instant::now() < until => {
                    tracing::debug!(target: "klamm", %error, "a call of a transaction is made again");
                    // Most have waited for their time; one that is answered at once is not to be asked without rest.
                    thread::sleep(PAUSE);
                }
                answer => return answer,
            }
        }
    }
}
