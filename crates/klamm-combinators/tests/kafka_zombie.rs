//! A member that stands still while another takes over and does its work, and then goes on, on a real cluster of three
//! brokers: `cargo xtask test --only kafka`.

mod common;
mod exactly_once;

use std::{pin::pin, sync::Arc, time::Duration};

use common::{process::Process, soon};
use exactly_once::{Output, Scene, Seen, none, say, until};
use futures_util::future::join_all;
use klamm_combinators::{AnyError, ProcessError, RecordsExt, Report};
use klamm_core::Message;
use klamm_producer::{Record, Transactional};
use klamm_stream::Consumer;
use tokio::{
    sync::{Notify, Semaphore},
    task::block_in_place,
};

const PARTITIONS: usize = 2;
/// How many are written before the zombie stands still, and again when it has gone on.
const RECORDS: usize = 1_000;
/// Handlers of the zombie wait from here on until it goes on. What comes before is in its transaction.
const WAIT_FROM: i64 = 100;
/// The first offset of what is written when it has gone on.
const SECOND: i64 = 500;
const DEADLINE: Duration = Duration::from_secs(60);

const PROTOCOLS: [&str; 2] = ["cooperative-sticky", "consumer"];
/// Of the zombie's transactions: the brokers take the open one back while it stands still, or only the zombie itself can.
const TIMEOUTS: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(600)];

type Ended = Result<Report, ProcessError<AnyError>>;

/// The member that stands still, in its process.
struct Zombie {
    /// Told to `go` on, as soon as it does no longer stand still.
    go: Semaphore,
    /// Told to `stop`.
    stop: Notify,
}

/// Says that a handler was dropped, if it was.
struct Waiting;

impl Drop for Waiting {
    fn drop(&mut self) {
        say("a handler dropped");
    }
}

impl Zombie {
    fn hear(&self, told: &str) {
        match told {
            "go" => self.go.add_permits(1),
            _ => self.stop.notify_one(),
        }
    }

    /// Runs pipelines until it is stopped.
    async fn run(self: &Arc<Self>, words: &str) {
        let words: Vec<_> = words.split(' ').collect();
        let [protocol, topic, timeout] = words[..] else { panic!("{words:?}") };
        let scene = Scene::new(protocol, topic.to_owned(), PARTITIONS);
        let timeout = Duration::from_secs(timeout.parse().unwrap());
        let consumer = subscribe(&scene);
        loop {
            let producer = scene.transactional(&format!("{topic}-zombie"), timeout);
            // Over by when it goes on.
            let producer = producer.window(10_000, Duration::from_secs(1)).start().unwrap();
            let me = Some(Arc::clone(self));
            let mut pipeline = pin!(copy(scene.clone(), consumer.clone(), producer, "zombie".to_owned(), me));
            tokio::select! {
                ended = &mut pipeline => match ended {
                    Err(ProcessError::Transaction(error)) => say(&format!("a transaction: {error}")),
                    ended => panic!("{ended:?}"),
                },
                () = self.stop.notified() => {
                    let leave = async { tokio::join!(consumer.close(DEADLINE), pipeline) };
                    let (closed, ended) = soon("close", leave).await;
                    assert!(closed.is_drained && closed.has_left, "{closed:?}, {ended:?}");
                    ended.unwrap();
                    return;
                }
            }
        }
    }

    async fn wait(&self, offset: i64) {
        if (WAIT_FROM..SECOND).contains(&offset) {
            say("a handler waits");
            let waiting = Waiting;
            drop(self.go.acquire().await);
            std::mem::forget(waiting);
        }
    }
}

fn subscribe(scene: &Scene) -> Consumer {
    Consumer::builder(scene.consumer_config()).subscribe([&*scene.topic]).unwrap()
}

/// Produces an output for each input, as `by`; handlers wait as the zombie does, if it is one.
async fn copy(
    scene: Scene,
    consumer: Consumer,
    producer: Transactional,
    by: String,
    zombie: Option<Arc<Zombie>>,
) -> Ended {
    let topic = scene.out();
    let pipeline = consumer.records().by_key(64).produce_to(producer, async move |m, out| {
        if let Some(zombie) = &zombie {
            zombie.wait(m.offset()).await;
        }
        let record = Record::to(&*topic).partition(m.partition()).key(m.key_bytes().unwrap());
        out.push(record.payload(Output::payload(&by, m.offset())));
        Ok(())
    });
    pipeline.await
}

/// Has a member stand still in the middle of a transaction, until another has done everything.
async fn is_survived(test: &'static str, protocol: &str, timeout: Duration) {
    let topic = format!("zombie-{protocol}-{}-{}", timeout.as_secs(), std::process::id());
    let scene = Scene::new(protocol, topic, PARTITIONS);
    block_in_place(|| scene.create(3));
    scene.fill(RECORDS, 100_000).await;
    let (seen, what) = (Seen::default(), format!("{protocol} {} {}", scene.topic, timeout.as_secs()));
    let mut zombie = Process::start(test, &what, seen.listen());
    until("handlers to be under way", || seen.times("a handler waits") > 0).await;
    let reader = Output::reader(&scene, "read_uncommitted");
    soon("an output in an open transaction", reader.recv()).await.unwrap();
    soon("close", reader.close(DEADLINE)).await;
    zombie.pause();
    assert_eq!(scene.done(), 0);

    let consumer = subscribe(&scene);
    let successor = tokio::spawn({
        let (scene, consumer) = (scene.clone(), consumer.clone());
        let producer = scene.transactional(&format!("{}-successor", scene.topic), DEADLINE).start().unwrap();
        copy(scene, consumer, producer, "successor".to_owned(), None)
    });
    scene.reach(RECORDS).await;
    let ends = scene.ends();
    zombie.tell("go");
    zombie.resume();
    until("the zombie to be a member again", || consumer.diagnostics().partitions.len() == 1).await;
    assert_eq!(scene.committed(), ends, "the zombie has committed");
    scene.fill(RECORDS, 100_000).await;
    scene.reach(2 * RECORDS).await;
    zombie.tell("stop");
    block_in_place(|| zombie.end());
    let closed = soon("close", consumer.close(DEADLINE)).await;
    assert!(closed.is_drained && closed.has_left, "{closed:?}");
    soon("the pipeline's end", successor).await.unwrap().unwrap();

    scene.mark_end();
    let ends = scene.ends();
    assert_eq!(scene.committed(), ends);
    let output = Output::read(&scene, "read_committed").await;
    let given_up = Output::read(&scene, "read_uncommitted").await.len() - output.len();
    println!(
        "{protocol}, transactions of {timeout:?}: {given_up} outputs of aborted ones, {} of the zombie \
         afterwards; it saw {:?}",
        output.iter().filter(|it| it.by == "zombie").count(),
        seen.all(),
    );
    none("are missing", &output.missing(&ends));
    none("are there more than once", &output.repeated());
    none("are out of order", &output.out_of_order());
    let of_zombie = output.iter().filter(|it| it.by == "zombie");
    let (first, second): (Vec<_>, Vec<_>) = of_zombie.partition(|it| it.offset < SECOND);
    none("are the zombie's", &first);
    assert!(!second.is_empty() && given_up > 0, "the zombie has done nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_zombie_has_under_way_is_never_committed() {
    let test = "what_a_zombie_has_under_way_is_never_committed";
    let zombie = Arc::new(Zombie { go: Semaphore::new(0), stop: Notify::new() });
    let told = Arc::clone(&zombie);
    if let Some(what) = Process::is_this(move |line| told.hear(line)) {
        return zombie.run(&what).await;
    }
    let cases = PROTOCOLS.iter().flat_map(|protocol| TIMEOUTS.map(|timeout| (*protocol, timeout)));
    let cases = cases.map(|(protocol, timeout)| tokio::spawn(is_survived(test, protocol, timeout)));
    for case in join_all(cases).await {
        case.unwrap();
    }
}
