//! A handler for each message, whose outputs are produced.

use std::{future::Future, pin::pin, sync::Arc};

use klamm_core::{
    ErrorKind,
    contract::{Feed, Produce, Source, Transactions},
};

use super::{enqueue::enqueue, process::end};
use crate::{
    Concurrent, IntoOutcome, Outputs, ProcessError, Record, Records, Report, Serial,
    committer::Transacted,
    engine::{Ended, Engine},
    error::Invalid,
    policy::Policies,
    revocations::Revocations,
    schedule::{self, InTurn, Lender, Rules, Said},
};

impl<S: Source> Records<S, Serial> {
    /// Handles one message after the other, sends what its handler has added to its [`Outputs`], and commits the messages
    /// whose outputs are all acknowledged.
    ///
    /// The next message is handled as soon as the outputs of the one before are enqueued: acknowledgements are waited for
    /// beside that, many at once, as [`limits`](Self::limits) allow. Where the producer has no room, the message whose
    /// outputs wait for it keeps its place, and so those behind it wait too.
    ///
    /// The handler may keep and change state of its own. Nothing of the message is copied, and it may be kept: it is a
    /// shared one, which keeps its memory, and the consumer, alive.
    ///
    /// ```
    /// use klamm_combinators::RecordsExt;
    /// use klamm_core::Message;
    /// use klamm_producer::Producer;
    /// use klamm_stream::Consumer;
    /// # use std::time::Duration;
    /// # use klamm_testing::MockCluster;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cluster = MockCluster::start(1)?;
    /// # cluster.create_topic("in", 1)?;
    /// # cluster.create_topic("out", 1)?;
    /// # cluster.seed("in", 1, 100, 20)?;
    /// # let (config, settings) = (cluster.consumer_config("copy"), cluster.config());
    /// let consumer = Consumer::builder(config).subscribe(["in"])?;
    /// let producer = Producer::builder(settings).start()?;
    /// let pipeline = consumer.records().produce_to(&producer, async |m, out| out.send("out", m.key(), m.payload()));
    /// # let written = async {
    /// #     while cluster.end_offsets("out", 1).unwrap() != [100] {
    /// #         tokio::task::yield_now().await;
    /// #     }
    /// #     consumer.close(Duration::from_secs(20)).await;
    /// # };
    /// # let (report, ()) = tokio::join!(pipeline, written);
    /// # assert_eq!(report?.committed, 100);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Exactly once
    ///
    /// With a producer that sends within transactions (`klamm_producer::Transactional`) the outputs of a window of messages and
    /// their positions are one transaction: who reads committed records sees each message's outputs once. A window ends as the
    /// producer says, in place of [`commit_every`](Self::commit_every), by the messages that are done or by time; before a revoke
    /// is let go of; and with the pipeline. Then no more messages are taken, those that were are waited for, and the
    /// transaction is committed. No more are held at once than a window has.
    ///
    /// It is aborted if one of its messages is not done, or a partition is lost: then every message that is not committed is
    /// delivered again, in this pipeline if it goes on. So an output that timed out, or a commit that was refused, stops nothing;
    /// after two minutes in which every transaction has failed the pipeline does stop. A producer that another with its id has
    /// fenced ends it at once. A pipeline that stops tries its last transaction once: if that is aborted its messages are
    /// delivered again to whoever comes next, and [`Report::aborts`] tells. Neither the handler's own effects nor what it sends elsewhere are part of the transaction.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use klamm_combinators::RecordsExt;
    /// # use klamm_core::Message;
    /// # use klamm_stream::Consumer;
    /// # use klamm_testing::MockCluster;
    /// use klamm_producer::Transactional;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let cluster = MockCluster::start(1)?;
    /// # cluster.create_topic("in", 1)?;
    /// # cluster.create_topic("out", 1)?;
    /// # cluster.seed("in", 1, 100, 20)?;
    /// # let (config, settings) = (cluster.consumer_config("copy"), cluster.config());
    /// # let consumer = Consumer::builder(config).subscribe(["in"])?;
    /// let producer = Transactional::builder(settings, "copy-1").window(1_000, Duration::from_millis(100)).start()?;
    /// let pipeline = consumer.records().produce_to(&producer, async |m, out| out.send("out", m.key(), m.payload()));
    /// # let written = async {
    /// #     while cluster.end_offsets("out", 1).unwrap() != [100] {
    /// #         tokio::task::yield_now().await;
    /// #     }
    /// #     consumer.close(Duration::from_secs(20)).await;
    /// # };
    /// # let (report, ()) = tokio::join!(pipeline, written);
    /// # assert_eq!(report?.committed, 100);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A consumer with `isolation.level=read_uncommitted` is refused: who goes on after a transaction might not see what it has
    /// committed.
    ///
    /// # Delivery
    ///
    /// At least once: an output may be written twice, and is never missing. A message is done when the producer says of all
    /// its outputs that they are acknowledged; without outputs, when its handler has returned `Ok`. On `Err`, and when an
    /// output is not delivered, the pipeline stops, commits what came before, and the message is delivered again to whoever
    /// reads the partition next. When a partition is revoked, outputs under way count as started: they are sent without
    /// lingering, waited for and committed, so that a clean restart repeats nothing.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler where it waits, and its outputs. What the producer has taken is written all the
    /// same, what still waits for room there is not; its message is committed if that was known before, and delivered again if
    /// not. Within transactions the open one is aborted in the background, unless its commit was under way: its messages are
    /// delivered again, or not, as the group then says.
    ///
    /// # Errors
    ///
    /// As of [`process`](Self::process), and [`ProcessError::Delivery`] with the topic, partition and offset of the message
    /// whose output was not delivered. Within transactions [`ProcessError::Transaction`] if there can be no more;
    /// [`ProcessError::Invalid`] with [`OnRevoke::Detach`](crate::OnRevoke::Detach), whose handlers would outlive their
    /// transaction; and [`ProcessError::Source`] if the consumer has no
    /// group, or settings with which transactions cannot be relied on.
    pub async fn produce_to<P, H, O, E>(self, producer: P, handler: H) -> Result<Report, ProcessError<E>>
    where
        P: Produce,
        H: AsyncFnMut(&Record<'_, S::SharedMessage>, &mut Outputs<P::Record>) -> Result<O, E>,
        O: IntoOutcome,
    {
        let Self { source, policies, schedule: Serial } = self;
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        let on_panic = policies.on_panic;
        let ended = {
            let revocations = Arc::<Revocations>::default();
            let handler = Lender::new(handler);
            let (handler, running, producer) = (&handler, &*revocations, &producer);
            let handle = move |message| async move {
                let (record, mut outputs) = (Record::new(message, running), Outputs::new());
                let mut handler = handler.lend();
                let said = on_panic.guard(pin!(handler.get()(&record, &mut outputs))).await;
                enqueue(producer, said, outputs).await
            };
            run(&source, producer, policies, &revocations, InTurn, handle).await?
        };
        end(&source, ended).await
    }
}

impl<S: Source, K: Concurrent> Records<S, K> {
    /// Handles many messages at once, sends what each handler has added to its [`Outputs`], and commits up to the first
    /// message whose outputs are not all acknowledged.
    ///
    /// A handler's place, and its lane, are free again when its outputs are enqueued, those of one lane in the order of its
    /// messages: acknowledgements are waited for beside that, as [`limits`](Self::limits) allow. Inside a spawned task the
    /// closure must be `async move`, with captures it owns.
    ///
    /// # Delivery
    ///
    /// As of the serial `produce_to`, exactly once included. Outputs that go to one partition stand there in the order of their lane, as far as the
    /// producer keeps its own order (`enable.idempotence`).
    ///
    /// # Cancel safety
    ///
    /// As of the serial `produce_to`.
    ///
    /// # Errors
    ///
    /// As of the serial `produce_to`.
    pub async fn produce_to<P, H, O, E>(self, producer: P, handler: H) -> Result<Report, ProcessError<E>>
    where
        P: Produce,
        H: AsyncFn(&Record<'_, S::SharedMessage>, &mut Outputs<P::Record>) -> Result<O, E>,
        O: IntoOutcome,
    {
        let Self { source, policies, schedule } = self;
        schedule.check().map_err(ProcessError::Invalid)?;
        policies.check(source.hold_limit()).map_err(ProcessError::Invalid)?;
        let on_panic = policies.on_panic;
        let ended = {
            let revocations = Arc::<Revocations>::default();
            let (handler, running, producer) = (&handler, &*revocations, &producer);
            let handle = move |message| async move {
                let (record, mut outputs) = (Record::new(message, running), Outputs::new());
                let said = on_panic.guard(pin!(handler(&record, &mut outputs))).await;
                enqueue(producer, said, outputs).await
            };
            run(&source, producer, policies, &revocations, schedule, handle).await?
        };
        end(&source, ended).await
    }
}

/// Hands the messages of a source to `handle` as `rules` say, until it stops: in transactions if that is how the producer sends.
async fn run<S, P, K, H, Fut, E>(
    source: &S,
    producer: &P,
    policies: Policies,
    revocations: &Arc<Revocations>,
    rules: K,
    handle: H,
) -> Result<Ended<E>, ProcessError<E>>
where
    S: Source,
    P: Produce,
    K: Rules,
    H: Fn(S::SharedMessage) -> Fut,
    Fut: Future<Output: Said<E>>,
{
    let hurry = || producer.flush();
    let Some(transactions) = producer.transactions() else {
        let feed = source.shared_feed().map_err(ProcessError::Source)?;
        let engine = Engine::new(source, feed, policies, Arc::clone(revocations));
        return Ok(schedule::run_with_tails(engine, rules, handle, hurry).await);
    };
    let policies = policies.within(transactions.window()).map_err(ProcessError::Invalid)?;
    match source.group_metadata().await {
        Err(error) if matches!(error.kind(), ErrorKind::NoGroup { .. } | ErrorKind::Config(_)) => {
            return Err(ProcessError::Source(error));
        }
        // Of a group that is still to be joined each transaction asks anew.
        _ => {}
    }
    let mut feed = source.shared_feed().map_err(ProcessError::Source)?;
    feed.expect_transactions();
    let commits = Transacted::take(source, transactions).ok_or_else(|| {
        let reason = "another pipeline sends within this producer's transactions: give each one of its own";
        ProcessError::Invalid(Invalid::new("produce_to", reason))
    })?;
    let engine = Engine::new(commits, feed, policies, Arc::clone(revocations));
    // Once for each pipeline, so that those without transactions need no place for it.
    Ok(Box::pin(schedule::run_with_tails(engine, rules, handle, hurry)).await)
}
