//! A task and a state for each partition: nothing is shared, so that nothing is locked.

use std::{collections::HashMap, time::Duration};

use futures_util::TryStreamExt;
use klamm_combinators::{RecordsExt, Report};
use klamm_core::Message;
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use tokio::{sync::mpsc, task::JoinSet};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = MockCluster::start(1)?;
    cluster.create_topic("readings", 8)?;
    cluster.seed("readings", 8, 1_000, 100)?;

    let consumer = Consumer::builder(cluster.consumer_config("meters")).subscribe(["readings"])?;
    let (totals, mut changes) = mpsc::unbounded_channel();
    let closing = tokio::spawn({
        let consumer = consumer.clone();
        async move {
            let mut latest = HashMap::new();
            for _ in 0..1_000 {
                latest.extend(changes.recv().await);
            }
            consumer.close(Duration::from_secs(20)).await;
            latest
        }
    });

    let mut tasks = JoinSet::new();
    let mut partitions = consumer.partitions();
    while let Some(partition) = partitions.try_next().await? {
        // The state of this partition, for as long as it is assigned.
        let (mut bytes, totals) = (0, totals.clone());
        tasks.spawn(async move {
            let pipeline = partition.records().process(async move |reading| {
                bytes += reading.payload().map_or(0, <[u8]>::len);
                totals.send((reading.partition(), bytes))
            });
            pipeline.await // `Ok` when the partition is taken away, after what was done is committed.
        });
    }

    let mut total = Report::default();
    for report in tasks.join_all().await {
        total += report?;
    }
    let bytes: HashMap<i32, usize> = closing.await?;
    println!("{bytes:?}: {total:?}");
    assert_eq!((total.processed, total.committed), (1_000, 1_000));
    assert!(bytes.len() == 8 && bytes.values().all(|bytes| *bytes == 12_500));
    Ok(())
}
