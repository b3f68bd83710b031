//! Makes one mistake with memory of the C library, which `AddressSanitizer` must report.
//!
//! `cargo xtask test --only asan` runs this before the tests: a suite that cannot fail proves nothing.
#![expect(unsafe_code, reason = "the mistakes are those that safe code cannot make")]

use std::{env, process::ExitCode, ptr::NonNull, thread};

use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use rdkafka_sys::{
    rd_kafka_topic_partition_list_destroy, rd_kafka_topic_partition_list_find,
    rd_kafka_topic_partition_list_new, rd_kafka_topic_partition_list_t,
};

fn main() -> ExitCode {
    let mistake: fn() = match env::args().nth(1).as_deref() {
        // So it is called among all tests.
        None => none,
        Some("leak") => leak,
        Some("leak-messages") => leak_messages,
        Some("read") => read,
        Some("read-in-c") => read_in_c,
        _ => {
            eprintln!("usage: probe [leak|leak-messages|read|read-in-c]");
            return ExitCode::from(2);
        }
    };
    // On a thread whose stack is gone at the end, so that no stale pointer hides a leak.
    thread::spawn(mistake).join().expect("no mistake panics");
    ExitCode::SUCCESS
}

fn none() {
    destroy(list());
}

fn leak() {
    list();
}

/// Leaks what one of librdkafka's own threads has allocated: several batches of messages, since the consumer, which may
/// still be leaving at the end, keeps what it has read of its last batch as stale pointers, and these hide a leak.
fn leak_messages() {
    const MESSAGES: usize = 1_000;

    let cluster = MockCluster::start(1).expect("one broker can start");
    cluster.create_topic("orders", 1).expect("there is no topic yet");
    cluster.seed("orders", 1, MESSAGES, 100).expect("the broker is up");
    let config = cluster.consumer_config("group");
    let consumer = Consumer::builder(config).subscribe(["orders"]).expect("the settings fit");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it needs no driver");
    for _ in 0..MESSAGES {
        let message = runtime.block_on(consumer.recv()).expect("that many were written");
        std::mem::forget(message.share());
    }
}

/// Reads freed memory of C in Rust.
fn read() {
    let list = list();
    destroy(list);
    // SAFETY: none, the list is freed.
    let count = unsafe { (*list.as_ptr()).cnt };
    println!("{count}");
}

/// Has C read its own freed memory, which is seen only if C was compiled for it.
fn read_in_c() {
    let list = list();
    destroy(list);
    // SAFETY: none, the list is freed.
    let found = unsafe { rd_kafka_topic_partition_list_find(list.as_ptr(), c"orders".as_ptr(), 0) };
    println!("{found:p}");
}

fn list() -> NonNull<rd_kafka_topic_partition_list_t> {
    // SAFETY: allocates a list of our own.
    let list = unsafe { rd_kafka_topic_partition_list_new(1) };
    NonNull::new(list).expect("librdkafka's allocator aborts rather than return null")
}

fn destroy(list: NonNull<rd_kafka_topic_partition_list_t>) {
    // SAFETY: the caller has made the list and not freed it yet.
    unsafe { rd_kafka_topic_partition_list_destroy(list.as_ptr()) };
}
