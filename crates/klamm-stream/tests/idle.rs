//! An idle consumer sleeps: neither its control thread nor its reader is ever woken by something of ours.

mod common;

use std::{fs, time::Duration};

use common::{TOPIC, cluster, soon};
use futures_util::StreamExt;
use klamm_stream::Consumer;

/// How long the idle consumer is watched.
const WATCHED: Duration = Duration::from_secs(4);

/// Returns how often the threads of this name have gone to sleep or were put off the processor, and how many there are.
fn switches(name: &str) -> (u64, usize) {
    let count = |status: &str| -> u64 {
        let lines = status.lines().filter(|line| line.contains("_ctxt_switches:"));
        lines.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum()
    };
    let mut found = (0, 0);
    for task in fs::read_dir("/proc/self/task").unwrap().flatten() {
        let comm = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if comm.trim() == name {
            found.0 += count(&fs::read_to_string(task.path().join("status")).unwrap());
            found.1 += 1;
        }
    }
    found
}

#[test]
fn an_idle_consumer_of_100_partitions_wakes_nobody() {
    let cluster = cluster(100, 1_000);
    let (ready, is_ready) = std::sync::mpsc::channel();
    let reader = std::thread::Builder::new().name("idle-reader".to_owned());
    let config = cluster.consumer_config("group");
    let reading = reader.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let consumer = Consumer::builder(config).subscribe([TOPIC]).unwrap();
            let mut stream = consumer.stream();
            for _ in 0..1_000 {
                soon("a message", stream.next()).await.unwrap().unwrap();
            }
            ready.send(consumer.clone()).unwrap();
            stream.next().await.is_none()
        })
    });
    let reading = reading.unwrap();
    let consumer = is_ready.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(consumer.diagnostics().partitions.len(), 100);
    // Whatever the last messages set off is over once nothing changes between two looks.
    let quiet = |pause: Duration| {
        let before = (switches("idle-reader"), switches("klamm-control"));
        std::thread::sleep(pause);
        (before, (switches("idle-reader"), switches("klamm-control")))
    };
    let settled = (0..100).map(|_| quiet(Duration::from_millis(100))).find(|(before, after)| before == after);
    assert!(settled.is_some(), "it never came to rest");
    let (before, after) = quiet(WATCHED);
    assert_eq!((before.0.1, before.1.1), (1, 1), "the two threads were found");
    assert_eq!(after, before, "(switches, threads) of the reader and of the control thread");
    // And it is not asleep for good.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(soon("close", consumer.close(Duration::from_secs(10))));
    assert!(reading.join().unwrap(), "closing ends the stream");
}
