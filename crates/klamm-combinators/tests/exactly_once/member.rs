//! A member to which a mishap happens now and then.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use klamm_combinators::{AnyError, ProcessError, RecordsExt, Report};
use klamm_core::{Message, contract::Produce};
use klamm_producer::Record;
use klamm_stream::Consumer;
use tokio::sync::Notify;

use super::{Guarantee, Output, Scene, say};
use crate::common::{kind::work, soon};

/// How many messages a pipeline handles until the mishap.
const EVERY: usize = 12_000;
/// How long a handler takes at most.
const SLOWEST: Duration = Duration::from_millis(8);
/// How long a transaction of a member that was killed holds up readers.
const TRANSACTION: Duration = Duration::from_secs(10);
/// A partition that the output does not have.
const NOWHERE: i32 = 1_000;
/// How long a member may take to leave, which may wait for a broker that has fallen.
const DEADLINE: Duration = Duration::from_secs(50);

/// What ends a pipeline before its time.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// A handler fails.
    Handler,
    /// An output is not delivered.
    Output,
    /// It is dropped where it stands.
    Drop,
}

/// A member of a scene's group.
pub(crate) struct Member {
    scene: Scene,
    guarantee: Guarantee,
    /// Its name, and the id of its transactions.
    id: String,
    stop: Arc<Notify>,
}

impl Member {
    /// Returns what a process is to be started for that is this member.
    pub(crate) fn in_words(scene: &Scene, guarantee: Guarantee, id: &str) -> String {
        let Scene { protocol, topic, partitions, .. } = scene;
        format!("{} {protocol} {topic} {partitions} {id}", guarantee.name())
    }

    /// Returns the member that a process was started for. It leaves when it is told to `stop`.
    pub(crate) fn of_words(words: &str, stop: Arc<Notify>) -> Self {
        let words: Vec<_> = words.split(' ').collect();
        let [guarantee, protocol, topic, partitions, id] = words[..] else { panic!("{words:?}") };
        let scene = Scene::new(protocol, topic.to_owned(), partitions.parse().unwrap());
        Self { scene, guarantee: guarantee.parse().unwrap(), id: id.to_owned(), stop }
    }

    /// Consumes, processes and produces until it is stopped.
    pub(crate) async fn run(self) {
        let scene = &self.scene;
        match self.guarantee {
            Guarantee::AtLeastOnce => self.run_with(|| scene.producer()).await,
            Guarantee::ExactlyOnce => {
                self.run_with(|| scene.transactional(&self.id, TRANSACTION).start().unwrap()).await;
            }
        }
    }

    async fn run_with<P: Produce<Record = Record>>(&self, start: impl Fn() -> P) {
        let consumer = Consumer::builder(self.scene.consumer_config());
        let consumer = consumer.subscribe([&*self.scene.topic]).unwrap();
        let mut producer = start();
        for mishap in [Mishap::Handler, Mishap::Output, Mishap::Drop].into_iter().cycle() {
            match self.run_until(mishap, &consumer, &producer).await {
                None => say("a pipeline dropped"),
                Some(Ok(_)) => break,
                Some(Err(ProcessError::Handler { .. })) => say("a handler failed"),
                Some(Err(ProcessError::Delivery { .. })) => say("an output not delivered"),
                Some(Err(ProcessError::Transaction(error))) => {
                    say(&format!("a transaction: {error}"));
                    producer = start();
                }
                Some(Err(error)) => panic!("{error:?}"),
            }
        }
    }

    /// Runs a pipeline until a mishap or its end; a mishap may also be that it is dropped.
    async fn run_until<P: Produce<Record = Record>>(
        &self,
        mishap: Mishap,
        consumer: &Consumer,
        producer: &P,
    ) -> Option<Result<Report, ProcessError<AnyError>>> {
        let (handled, drop_it) = (&AtomicUsize::new(0), &Notify::new());
        let (id, topic) = (&*self.id, &*self.scene.out());
        let records = consumer.records().commit_every(500, Duration::from_millis(500)).by_key(64);
        let mut pipeline = pin!(records.produce_to(producer, async move |m, out| {
            let Ok(()) = work(m.offset(), SLOWEST).await;
            let record =
                Record::to(topic).key(m.key_bytes().unwrap()).payload(Output::payload(id, m.offset()));
            let mut partition = m.partition();
            if handled.fetch_add(1, Ordering::Relaxed) == EVERY {
                match mishap {
                    Mishap::Handler => return Err(AnyError::from("it fails now and then")),
                    Mishap::Output => partition = NOWHERE,
                    Mishap::Drop => drop_it.notify_one(),
                }
            }
            out.push(record.partition(partition));
            Ok(())
        }));
        tokio::select! {
            ended = &mut pipeline => Some(ended),
            () = drop_it.notified() => None,
            () = self.stop.notified() => {
                let (closed, ended) =
                    tokio::join!(soon("close", consumer.close(DEADLINE)), soon("the pipeline's end", pipeline));
                assert!(closed.has_left, "{closed:?}, {ended:?}");
                // A mishap may have come before. Nothing is lost by that.
                Some(Ok(ended.unwrap_or_default()))
            }
        }
    }
}
