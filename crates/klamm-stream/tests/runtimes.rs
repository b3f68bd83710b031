//! The same programs on every runtime.

use std::{
    error::Error,
    future::{Future, poll_fn},
    sync::{Arc, mpsc},
    task::Poll,
    thread,
    time::Duration,
};

use futures::{
    FutureExt, StreamExt, TryStreamExt,
    executor::{LocalPool, ThreadPool, block_on},
    future::{BoxFuture, join},
    task::{LocalSpawnExt, SpawnExt},
};
use klamm_core::{Message, OwnedMessage};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

const COUNT: usize = 600;
/// How long closing may take, and then the whole program.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);
const WITHIN: Duration = Duration::from_secs(60);

type Fallible = Result<(), Box<dyn Error + Send + Sync>>;

/// What is done with a message, a turn later: its offset goes on.
async fn process(message: OwnedMessage) -> Record {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    Record::to("out").payload(message.offset().to_string())
}

/// Starts the only reader of a topic.
fn consumer(cluster: &MockCluster, topic: &str) -> Consumer {
    Consumer::builder(cluster.consumer_config(topic)).subscribe([topic]).unwrap()
}

/// Every message is processed and sent on; ends when the consumer is closed.
async fn forward(consumer: &Consumer, producer: &Producer) -> Fallible {
    let messages = consumer.stream().err_into();
    let forwarded = messages.try_for_each(|m| async move {
        let owned = m.detach();
        producer.send(process(owned).await).await.map(drop).map_err(Into::into)
    });
    forwarded.await
}

/// Returns what stands in the topic that was written to, in order, once there is enough.
async fn written(cluster: &MockCluster) -> Vec<i64> {
    let reader = consumer(cluster, "out");
    let payloads = reader.stream().take(COUNT).map_ok(|m| {
        let payload = m.payload().expect("each has one");
        std::str::from_utf8(payload).expect("a number").parse::<i64>().expect("a number")
    });
    payloads.try_collect().await.unwrap()
}

/// The stream is awaited where it was made.
async fn forwarding<S: Fn(BoxFuture<'static, ()>)>(cluster: Arc<MockCluster>, _spawn: S) {
    let producer = Producer::builder(cluster.config().set("linger.ms", 0)).start().unwrap();
    let consumer = consumer(&cluster, "in");
    let reading = async {
        let written = written(&cluster).await;
        consumer.close(CLOSE_WITHIN).await;
        written
    };
    let (forwarded, written) = join(forward(&consumer, &producer), reading).await;
    forwarded.unwrap();
    assert_eq!(written, (0..).take(COUNT).collect::<Vec<i64>>());
}

/// Every message has a task of its own.
async fn spawning<S: Fn(BoxFuture<'static, ()>)>(cluster: Arc<MockCluster>, spawn: S) {
    let consumer = consumer(&cluster, "in");
    let (done, records) = futures::channel::mpsc::unbounded();
    for _ in 0..COUNT {
        let owned = consumer.recv().await.unwrap().detach();
        let done = done.clone();
        spawn(async move { done.unbounded_send(process(owned).await).unwrap() }.boxed());
    }
    drop(done);
    let mut records: Vec<_> = records.collect().await;
    let mut expected: Vec<_> =
        (0..COUNT).map(|offset| Record::to("out").payload(offset.to_string())).collect();
    let by_payload = |record: &Record| record.clone().into_parts().payload;
    records.sort_unstable_by_key(by_payload);
    expected.sort_unstable_by_key(by_payload);
    assert_eq!(records, expected);
}

/// The stream goes to a task of its own, and ends there.
async fn spawned_stream<S: Fn(BoxFuture<'static, ()>)>(cluster: Arc<MockCluster>, spawn: S) {
    let consumer = consumer(&cluster, "in");
    let (read, mut offsets) = futures::channel::mpsc::unbounded();
    let mut stream = consumer.clone().into_stream();
    let reading = async move {
        while let Some(message) = stream.try_next().await.unwrap() {
            read.unbounded_send(message.offset()).unwrap();
        }
    };
    spawn(reading.boxed());
    let seen: Vec<i64> = offsets.by_ref().take(COUNT).collect().await;
    assert_eq!(seen, (0..).take(COUNT).collect::<Vec<_>>());
    consumer.close(CLOSE_WITHIN).await;
    assert_eq!(offsets.next().await, None, "closing ends the stream, and with it the task");
}

/// A future that a runtime may move between its threads.
fn send<T>(future: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> + Send + 'static {
    future
}

/// Runs a program on a thread of its own, which it does not outlive its time on: on some of these runtimes there are no
/// timers.
fn check(run: impl FnOnce(Arc<MockCluster>) + Send + 'static) {
    let cluster = MockCluster::start(1).unwrap();
    for topic in ["in", "out"] {
        cluster.create_topic(topic, 1).unwrap();
    }
    cluster.seed("in", 1, COUNT, 100).unwrap();
    let (done, is_done) = mpsc::channel();
    let program = thread::spawn(move || {
        run(Arc::new(cluster));
        done.send(()).expect("the test waits");
    });
    let late = is_done.recv_timeout(WITHIN) == Err(mpsc::RecvTimeoutError::Timeout);
    assert!(!late, "not done within {WITHIN:?}");
    program.join().unwrap();
}

/// Writes the tests of a program, one for each runtime.
macro_rules! on_every_runtime {
    ($($program:ident)*) => {$(
        mod $program {
            use super::*;

            #[test]
            fn tokio_current_thread() {
                check(|cluster| {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    runtime.block_on(super::$program(cluster, |task| drop(tokio::spawn(task))));
                });
            }

            #[test]
            fn tokio_multi_thread() {
                check(|cluster| {
                    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
                    let program = send(super::$program(cluster, |task| drop(tokio::spawn(task))));
                    runtime.block_on(runtime.spawn(program)).unwrap();
                });
            }

            #[test]
            fn smol() {
                check(|cluster| {
                    let program = send(super::$program(cluster, |task| smol::spawn(task).detach()));
                    smol::block_on(smol::spawn(program));
                });
            }

            /// Without a runtime: what is spawned has a thread of its own.
            #[test]
            fn futures_block_on() {
                check(|cluster| {
                    block_on(super::$program(cluster, |task| drop(thread::spawn(|| block_on(task)))));
                });
            }

            #[test]
            fn futures_local_pool() {
                check(|cluster| {
                    let mut pool = LocalPool::new();
                    let spawner = pool.spawner();
                    pool.run_until(super::$program(cluster, move |task| spawner.spawn_local(task).unwrap()));
                });
            }

            #[test]
            fn futures_thread_pool() {
                check(|cluster| {
                    let pool = ThreadPool::builder().pool_size(2).create().unwrap();
                    let spawner = pool.clone();
                    let program = send(super::$program(cluster, move |task| spawner.spawn(task).unwrap()));
                    block_on(pool.spawn_with_handle(program).unwrap());
                });
            }
        }
    )*};
}

on_every_runtime!(forwarding spawning spawned_stream);
