//! Pipelines over the mock cluster.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{Fine, Seen, TOPIC, cluster, committed, consumer, soon};
use klamm_combinators::{ProcessError, RecordsExt};
use klamm_core::{ErrorKind, Message};

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn serial_handles_in_order_and_commits_everything() {
    let cluster = cluster(4, 4_000);
    let consumer = consumer(cluster.consumer_config("group"));
    let seen = Seen::default();
    let pipeline = tokio::spawn({
        let (records, seen) = (consumer.records(), seen.clone());
        let mut next = [0; 4];
        async move {
            records
                .process(async move |message| {
                    let partition = usize::try_from(message.partition()).unwrap();
                    assert_eq!(message.offset(), next[partition]);
                    next[partition] += 1;
                    seen.add(message);
                    Fine::Ok(())
                })
                .await
        }
    });
    seen.reach(4_000).await;
    assert!(soon("close", consumer.close(DEADLINE)).await.is_drained);
    let report = soon("the end", pipeline).await.unwrap().unwrap();
    assert_eq!((report.processed, report.committed, report.abandoned), (4_000, 4_000, 0));
    assert_eq!(cluster.committed("group", TOPIC, 4).unwrap(), [Some(1_000); 4]);
    assert_eq!(seen.repeated(), 0);
}

#[tokio::test]
async fn commits_come_by_count_and_by_time() {
    let cluster = cluster(1, 150);
    let consumer = consumer(cluster.consumer_config("group"));
    let seen = Seen::default();
    let _pipeline = tokio::spawn({
        let records = consumer.records().commit_every(100, Duration::from_millis(50));
        let seen = seen.clone();
        async move {
            records
                .process(async move |message| {
                    seen.add(message);
                    Fine::Ok(())
                })
                .await
        }
    });
    // Nothing more comes after these: only the clock can bring the last fifty.
    soon("the last commit", async {
        while committed(&cluster, "group", 1) < 150 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(seen.distinct(), 150);
}

#[tokio::test]
async fn unordered_handles_many_at_once() {
    let cluster = cluster(2, 2_000);
    let consumer = consumer(cluster.consumer_config("group"));
    let (seen, running, most) =
        (Seen::default(), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pipeline = tokio::spawn({
        let records = consumer.records().unordered(100);
        let (seen, most) = (seen.clone(), Arc::clone(&most));
        async move {
            records
                .process(async move |message| {
                    let now = running.fetch_add(1, Ordering::Relaxed) + 1;
                    most.fetch_max(now, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(message.offset().unsigned_abs() % 7)).await;
                    running.fetch_sub(1, Ordering::Relaxed);
                    seen.add(message);
                    Fine::Ok(())
                })
                .await
        }
    });
    seen.reach(2_000).await;
    soon("close", consumer.close(DEADLINE)).await;
    let report = soon("the end", pipeline).await.unwrap().unwrap();
    assert_eq!((report.processed, report.committed), (2_000, 2_000));
    assert!((50..=100).contains(&most.load(Ordering::Relaxed)), "{most:?} at once");
    assert_eq!(cluster.committed("group", TOPIC, 2).unwrap(), [Some(1_000); 2]);
}

#[tokio::test]
async fn a_commit_never_passes_what_is_not_done() {
    let cluster = cluster(1, 500);
    let consumer = consumer(cluster.consumer_config("group"));
    let seen = Seen::default();
    let release = Arc::new(tokio::sync::Notify::new());
    let pipeline = tokio::spawn({
        let records = consumer.records().unordered(16).commit_every(10, Duration::from_millis(10));
        let (seen, release) = (seen.clone(), Arc::clone(&release));
        async move {
            records
                .process(async move |message| {
                    if message.offset() == 200 {
                        release.notified().await;
                    }
                    seen.add(message);
                    Fine::Ok(())
                })
                .await
        }
    });
    seen.reach(499).await;
    soon("the commit below", async {
        while committed(&cluster, "group", 1) < 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(committed(&cluster, "group", 1), 200);
    release.notify_one();
    soon("close", consumer.close(DEADLINE)).await;
    assert_eq!(soon("the end", pipeline).await.unwrap().unwrap().committed, 500);
    assert_eq!(committed(&cluster, "group", 1), 500);
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

#[tokio::test]
async fn a_handlers_error_stops_commits_the_prefix_and_is_named() {
    for at_once in [1, 16] {
        let cluster = cluster(1, 300);
        let consumer = consumer(cluster.consumer_config("group"));
        let handle = async |offset| if offset == 100 { Err(No) } else { Ok(()) };
        let result = match at_once {
            1 => {
                soon("the error", consumer.records().process(async |message| handle(message.offset()).await))
                    .await
            }
            many => {
                let records = consumer.records().unordered(many);
                soon("the error", records.process(async |message| handle(message.offset()).await)).await
            }
        };
        match result.unwrap_err() {
            ProcessError::Handler { partition, offset, source: No } => {
                assert_eq!((partition.to_string().as_str(), offset), ("orders[0]", 100));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(committed(&cluster, "group", 1), 100);
        // The next pipeline begins with the message that failed, although this one had taken more.
        let seen = Seen::default();
        let mut first = None;
        let rest = consumer.records().process(async |message| {
            first.get_or_insert(message.offset());
            seen.add(message);
            if seen.distinct() == 200 { Err(No) } else { Ok(()) }
        });
        soon("the rest", rest).await.unwrap_err();
        assert_eq!((first, seen.distinct(), seen.repeated()), (Some(100), 200, 0));
    }
}

#[tokio::test]
async fn a_dropped_pipeline_leaves_nothing_behind() {
    let cluster = cluster(1, 1_000);
    let consumer = consumer(cluster.consumer_config("group"));
    let seen = Seen::default();
    for _ in 0..10 {
        // Ended from outside, at whatever it happens to be doing.
        let already = seen.distinct();
        let records = consumer.records().unordered(8);
        let pipeline = records.process(async |message| {
            tokio::task::yield_now().await;
            seen.add(message);
            Fine::Ok(())
        });
        let enough = async {
            while seen.distinct() < already + 50 {
                tokio::task::yield_now().await;
            }
        };
        soon("some messages", async {
            tokio::select! { _ = pipeline => {}, () = enough => {} }
        })
        .await;
    }
    let records = consumer.records();
    let rest = records.process(async |message| {
        seen.add(message);
        Fine::Ok(())
    });
    let closing = async {
        seen.reach(1_000).await;
        consumer.close(DEADLINE).await
    };
    let (report, closed) = soon("the rest", Box::pin(async { tokio::join!(rest, closing) })).await;
    assert!(report.unwrap().processed > 0 && closed.is_drained);
    assert_eq!(committed(&cluster, "group", 1), 1_000);
}

#[tokio::test]
async fn a_handler_that_wakes_itself_leaves_time_for_others() {
    let cluster = cluster(1, 1);
    let consumer = consumer(cluster.consumer_config("group"));
    let other = Arc::new(AtomicUsize::new(0));
    let counting = tokio::spawn({
        let other = Arc::clone(&other);
        async move {
            loop {
                other.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    });
    let pipeline = tokio::spawn({
        let records = consumer.records().unordered(4);
        async move {
            records
                .process(async move |_| {
                    let before = other.load(Ordering::Relaxed);
                    std::future::poll_fn(|cx| {
                        cx.waker().wake_by_ref();
                        let is_enough = other.load(Ordering::Relaxed) > before + 100;
                        if is_enough { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
                    })
                    .await;
                    Fine::Ok(())
                })
                .await
        }
    });
    soon("the other task's turn", async {
        while committed(&cluster, "group", 1) < 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    counting.abort();
    soon("close", consumer.close(DEADLINE)).await;
    assert_eq!(soon("the end", pipeline).await.unwrap().unwrap().processed, 1);
}

#[tokio::test]
async fn two_pipelines_are_one_too_many() {
    let cluster = cluster(1, 10);
    let consumer = consumer(cluster.consumer_config("group"));
    let stream = consumer.stream();
    let error = soon("the refusal", consumer.records().process(async |_| Fine::Ok(()))).await.unwrap_err();
    assert!(
        matches!(&error, ProcessError::Source(error) if matches!(error.kind(), ErrorKind::Taken)),
        "{error:?}"
    );
    drop(stream);
}

#[tokio::test]
async fn a_missing_topic_ends_the_pipeline() {
    let cluster = cluster(1, 1);
    let consumer = klamm_stream::Consumer::builder(cluster.consumer_config("group"));
    let consumer = consumer.subscribe(["no-such-topic"]).unwrap();
    let error = soon("the error", consumer.records().process(async |_| Fine::Ok(()))).await.unwrap_err();
    assert!(
        matches!(&error, ProcessError::Source(error)
            if matches!(error.kind(), ErrorKind::Topic { topic, .. } if &**topic == "no-such-topic")),
        "{error:?}"
    );
}
