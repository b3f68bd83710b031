//! Consume, transform, produce: at least once, and each once if nothing breaks.

use std::{io, sync::Arc, time::Duration};

use klamm_combinators::RecordsExt;
use klamm_core::Message;
use klamm_producer::Producer;
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

/// What is made of an order.
async fn enrich(order: &impl Message) -> io::Result<Vec<u8>> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok([b"enriched: ", order.payload().unwrap_or_default()].concat())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = Arc::new(MockCluster::start(1)?);
    cluster.create_topic("in", 4)?;
    cluster.create_topic("out", 4)?;
    cluster.seed("in", 4, 1_000, 20)?;

    let consumer = Consumer::builder(cluster.consumer_config("enrich")).subscribe(["in"])?;
    let producer = Producer::builder(cluster.config()).start()?;
    let outputs = Arc::clone(&cluster);
    let all_written = async move {
        while outputs.end_offsets("out", 4).unwrap_or_default().iter().sum::<i64>() < 1_000 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let orders = consumer.records().by_key(64).drain_on(all_written, Duration::from_secs(20));
    let report =
        orders.produce_to(&producer, async move |m, out| out.send("out", m.key(), &enrich(m).await?)).await?;

    println!("{report:?}");
    assert_eq!((report.processed, report.committed), (1_000, 1_000));
    Ok(())
}
