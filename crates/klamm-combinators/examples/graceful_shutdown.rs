//! A shutdown in good order: what was started is finished and committed, and nothing else is begun.

use std::{io, time::Duration};

use klamm_combinators::RecordsExt;
use klamm_core::Message;
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use tokio::{
    signal::ctrl_c,
    time::{sleep, timeout},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = MockCluster::start(1)?;
    cluster.create_topic("orders", 4)?;
    cluster.seed("orders", 4, 100_000, 100)?;

    // At ctrl-c, or after a second: long before everything is handled.
    let stop = timeout(Duration::from_secs(1), ctrl_c());
    let consumer = Consumer::builder(cluster.consumer_config("billing")).subscribe(["orders"])?;
    let pipeline = consumer.records().unordered(64).drain_on(stop, Duration::from_secs(20));
    let report = pipeline
        .process(async |order| {
            sleep(Duration::from_millis(order.offset().unsigned_abs() % 20)).await; // A call to somewhere.
            io::Result::Ok(())
        })
        .await?;

    println!("{report:?}");
    assert!((1..100_000).contains(&report.processed));
    assert_eq!((report.committed, report.abandoned), (report.processed, 0));
    // Whoever comes next begins with the first message that was not handled.
    let committed: i64 = cluster.committed("billing", "orders", 4)?.into_iter().flatten().sum();
    assert_eq!(committed.unsigned_abs(), report.processed);
    Ok(())
}
