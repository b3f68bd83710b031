//! Writing to a topic in batches of a given size.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use klamm_core::{Message, OwnedMessage};
use rdkafka::{
    ClientConfig,
    error::KafkaError,
    producer::{BaseProducer, BaseRecord, Producer},
    types::RDKafkaErrorCode,
};

use super::{Content, Topic};

/// How long writing may take after everything was handed over.
const DEADLINE: Duration = Duration::from_secs(60);

/// Writes a topic's messages, over its partitions in turn, in batches of up to `batch`.
pub(crate) fn fill(servers: &str, content: Content, batch: usize) -> Result<()> {
    write(servers, &content.samples(Topic::NAME), content.messages, batch)
}

/// Writes `count` messages, like these in turn, in batches of up to `batch`.
pub(super) fn write(servers: &str, samples: &[OwnedMessage], count: usize, batch: usize) -> Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    // A batch is sent when it is full, and the last ones after this.
    config.set("linger.ms", if batch > 1 { "20" } else { "0" });
    config.set("batch.num.messages", batch.to_string()).set("batch.size", "100000000");
    config.set("message.max.bytes", "1000000000").set("queue.buffering.max.messages", "1000000");
    let producer: BaseProducer = config.create()?;
    for message in samples.iter().cycle().take(count) {
        let (key, payload) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
        let mut record =
            BaseRecord::to(message.topic()).partition(message.partition()).key(key).payload(payload);
        while let Err((error, refused)) = producer.send(record) {
            let KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) = error else {
                return Err(anyhow!("cannot write: {error}"));
            };
            producer.poll(Duration::from_millis(10));
            record = refused;
        }
        producer.poll(Duration::ZERO);
    }
    producer.flush(DEADLINE)?;
    ensure!(producer.in_flight_count() == 0, "not all messages were written");
    Ok(())
}
