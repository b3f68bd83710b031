//! The last message frees its client, on a thread of its own. In a process of its own, since it counts that process's threads.
#![cfg(target_os = "linux")]

mod common;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use common::{TOPIC, cluster, consumer, soon};
use klamm_core::{Message, OwnedMessage};

/// Counts this process's threads of a name.
fn threads(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    // A thread may end between being listed and being looked at.
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|found| found.trim_end() == name).count()
}

/// Waits until there are `count` threads of this name.
fn wait_until(name: &str, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while threads(name) != count {
        assert!(Instant::now() < deadline, "{} threads `{name}`, not {count}", threads(name));
        thread::yield_now();
    }
}

#[tokio::test]
async fn a_message_outlives_its_consumer_and_client_and_then_the_reaper_ends() {
    let cluster = cluster();
    let written = OwnedMessage::builder(TOPIC).key("key").payload("payload").header("a", "b").build();
    cluster.write([&written]).unwrap();
    wait_until("rdk:main", 1);

    let consumer = consumer(&cluster, TOPIC);
    let message = soon("a message", consumer.recv()).await.unwrap().share();
    drop(consumer);
    // The control thread is the last to let go of the client but for the message.
    wait_until("klamm-control", 0);
    assert_eq!((threads("rdk:main"), threads("klamm-reaper")), (2, 0), "the message keeps its client");

    let elsewhere = thread::spawn(move || {
        // Nothing is waited for: whatever an idle client does in a second, the message stays readable.
        thread::sleep(Duration::from_secs(1));
        let read = (message.key().map(<[u8]>::to_vec), message.payload_bytes(), message.topic().to_owned());
        let header = message.headers().and_then(|headers| headers.get("a")?.value().map(<[u8]>::to_vec));
        (read, header)
    });
    let ((key, payload, topic), header) = elsewhere.join().unwrap();
    assert_eq!((key.as_deref(), payload.as_deref()), (written.key(), written.payload()));
    assert_eq!((topic.as_str(), header.as_deref()), (TOPIC, Some(&b"b"[..])));
    assert_eq!(threads("rdk:main"), 2, "the bytes keep the client as the message did");

    let dropping = Instant::now();
    drop(payload);
    let took = dropping.elapsed();
    assert!(
        took < Duration::from_millis(50),
        "the last to go does not wait for the client, but took {took:?}"
    );
    wait_until("rdk:main", 1);
    wait_until("klamm-reaper", 0);
}
