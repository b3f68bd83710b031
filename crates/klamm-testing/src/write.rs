//! Records for a test to read.

use std::time::{Duration, Instant};

use bytes::Bytes;
use klamm_core::{
    Config, Error, ErrorCode, ErrorKind, Message, OwnedMessage,
    message::OwnedHeaders,
    native::{Content, Event, EventQueue, RawProducer},
};

/// How long to wait for the deliveries before giving up.
const DEADLINE: Duration = Duration::from_secs(60);
/// What `message.max.bytes` can be at most.
const MESSAGE_MAX_BYTES: usize = 1_000_000_000;

/// Writes `count` records of `bytes` bytes, over the partitions in turn.
pub(crate) fn seed(
    config: &Config,
    topic: &str,
    partitions: usize,
    count: usize,
    bytes: usize,
) -> Result<(), Error> {
    let mut writer = Writer::start(config)?;
    for index in 0..count {
        let key = index.to_string();
        let mut payload = key.clone().into_bytes();
        payload.resize(bytes.max(key.len()), b'.');
        let record = Content {
            partition: Some(i32::try_from(index % partitions.max(1)).unwrap_or(0)),
            key: Some(key.into()),
            payload: Some(payload.into()),
            ..Content::default()
        };
        writer.write(topic, record)?;
    }
    writer.finish()
}

/// Writes these messages as records.
pub(crate) fn write<'a>(
    config: &Config,
    messages: impl IntoIterator<Item = &'a OwnedMessage>,
) -> Result<(), Error> {
    let mut writer = Writer::start(config)?;
    for message in messages {
        let record = Content {
            partition: Some(message.partition()),
            key: message.key().map(Bytes::copy_from_slice),
            payload: message.payload().map(Bytes::copy_from_slice),
            timestamp: message.timestamp().to_millis(),
            headers: message.try_headers()?.map(OwnedHeaders::from).unwrap_or_default(),
        };
        writer.write(message.topic(), record)?;
    }
    writer.finish()
}

/// A producer that waits where it must.
struct Writer {
    producer: RawProducer<()>,
    queue: EventQueue,
    deadline: Instant,
    failed: Option<ErrorCode>,
}

impl Writer {
    fn start(config: &Config) -> Result<Self, Error> {
        // Large batches: the mock answers a fetch with one batch, and finds it by going through all of them.
        let config = config
            .clone()
            .set("linger.ms", 20)
            .set("batch.num.messages", 10_000)
            .set("message.max.bytes", MESSAGE_MAX_BYTES)
            .set("queue.buffering.max.messages", 0);
        let (producer, queue) = RawProducer::start(&config, None, ())?;
        let deadline = Instant::now() + DEADLINE;
        Ok(Self { producer, queue, deadline, failed: None })
    }

    fn write(&mut self, topic: &str, mut record: Content) -> Result<(), Error> {
        let topic = topic.into();
        while let Err(error) = self.producer.produce(&topic, &mut record).map(drop) {
            if error.code() != Some(ErrorCode::QUEUE_FULL) || Instant::now() > self.deadline {
                self.producer.purge();
                return Err(error);
            }
            self.read();
        }
        Ok(())
    }

    /// Waits until all records are delivered.
    fn finish(mut self) -> Result<(), Error> {
        while self.producer.outstanding() > 0 && self.failed.is_none() {
            if Instant::now() > self.deadline {
                self.failed = Some(ErrorCode::TIMED_OUT);
            }
            self.read();
        }
        match self.failed {
            Some(code) => Err(Error::from(ErrorKind::Client { code, reason: code.text() })),
            None => Ok(()),
        }
    }

    fn read(&mut self) {
        if let Some(Event::Deliveries(deliveries)) = self.queue.poll(Some(Duration::from_millis(10))) {
            let failed = &mut self.failed;
            self.producer.deliveries(deliveries, |_, report| *failed = failed.or(report.error), |_| {});
        }
    }
}
