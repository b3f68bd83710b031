//! Records for a test to read.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use klamm_core::{
    Config, Error, ErrorCode, ErrorKind,
    native::{Event, EventQueue, Outgoing, RawProducer},
};

/// How long to wait for the deliveries before giving up.
const DEADLINE: Duration = Duration::from_secs(60);

/// Writes records and waits for their delivery.
pub(crate) fn seed(
    config: &Config,
    topic: &str,
    partitions: usize,
    count: usize,
    bytes: usize,
) -> Result<(), Error> {
    // Large batches: the mock answers a fetch with one batch, and finds it by going through all of them.
    let config = config
        .clone()
        .set("linger.ms", 20)
        .set("batch.num.messages", 10_000)
        .set("queue.buffering.max.messages", 0);
    let (producer, mut queue) = RawProducer::<()>::start(&config)?;
    let deadline = Instant::now() + DEADLINE;
    let token = Arc::new(());
    let mut failed = None;
    for index in 0..count {
        let key = index.to_string();
        let mut payload = key.clone().into_bytes();
        payload.resize(bytes.max(key.len()), b'.');
        let record = Outgoing {
            topic,
            partition: Some(i32::try_from(index % partitions.max(1)).unwrap_or(0)),
            key: Some(key.as_bytes()),
            payload: Some(&payload),
            timestamp: None,
        };
        while let Err(refused) = producer.produce(record, Arc::clone(&token)) {
            if refused.error.code() != Some(ErrorCode::QUEUE_FULL) || Instant::now() > deadline {
                producer.purge();
                return Err(refused.error);
            }
            read(&producer, &mut queue, &mut failed);
        }
    }
    while producer.outstanding() > 0 && failed.is_none() {
        if Instant::now() > deadline {
            failed = Some(ErrorCode::TIMED_OUT);
        }
        read(&producer, &mut queue, &mut failed);
    }
    failed.map_or(Ok(()), |code| Err(Error::from(ErrorKind::Client { code, reason: code.text() })))
}

fn read(producer: &RawProducer<()>, queue: &mut EventQueue, failed: &mut Option<ErrorCode>) {
    if let Some(Event::Deliveries(deliveries)) = queue.poll(Some(Duration::from_millis(10))) {
        producer.deliveries(deliveries, |_, report| *failed = failed.or(report.error));
    }
}
