//! By hand into two places: a message is done, and committed, when both have it.

use std::{sync::Mutex, time::Duration};

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use klamm_combinators::{Ack, CommitExt, Done, PipelineError, RecordsExt, every};
use klamm_core::{Message, SharedMessage};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use tokio::time::sleep;

/// A place that messages go to, which takes so long for each.
struct Sink {
    latency: Duration,
    stored: Mutex<Vec<(i32, i64)>>,
}

impl Sink {
    fn new(millis: u64) -> Self {
        Self { latency: Duration::from_millis(millis), stored: Mutex::default() }
    }

    async fn store(&self, message: SharedMessage, ack: Ack) -> Result<Done, PipelineError> {
        sleep(self.latency).await;
        self.stored.lock().expect("nobody panics").push((message.partition(), message.offset()));
        Ok(ack.done())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = MockCluster::start(1)?;
    cluster.create_topic("orders", 4)?;
    cluster.seed("orders", 4, 1_000, 100)?;

    let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"])?;
    let (archive, index) = (Sink::new(7), Sink::new(1));
    let deliveries = consumer.records().deliveries().take(1_000);
    let stores = deliveries.map_ok(|delivery| {
        let (order, ack) = delivery.into_parts();
        let [archived, indexed] = ack.fork();
        let both = [archive.store(order.clone(), archived).boxed(), index.store(order, indexed).boxed()];
        stream::iter(both).map(Ok)
    });
    let done = stores.try_flatten().try_buffer_unordered(128);
    let report = done.commit(every(100).or(Duration::from_millis(500))).await?;

    println!("{report:?}");
    assert_eq!((report.processed, report.committed), (1_000, 1_000));
    assert_eq!(archive.stored.lock().expect("nobody panics").len(), 1_000);
    assert_eq!(index.stored.lock().expect("nobody panics").len(), 1_000);
    Ok(())
}
