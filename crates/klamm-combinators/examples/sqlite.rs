//! At least once into `SQLite`: what is delivered again is written once, since its place in the log is its row's key.

use std::{sync::Arc, time::Duration};

use klamm_combinators::RecordsExt;
use klamm_core::Message;
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use rusqlite::Connection;
use tokio::sync::Notify;

const TABLE: &str = "CREATE TABLE orders (topic TEXT, partition INTEGER, position INTEGER, payload BLOB,
                     PRIMARY KEY (topic, partition, position)) WITHOUT ROWID";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = MockCluster::start(1)?;
    cluster.create_topic("orders", 4)?;
    cluster.seed("orders", 4, 1_000, 100)?;
    let db = Connection::open_in_memory()?;
    db.execute_batch(TABLE)?;

    // The second group begins where the first did, as after a crash that came before the first commit.
    for group in ["billing", "billing-after-a-crash"] {
        let consumer = Consumer::builder(cluster.consumer_config(group)).subscribe(["orders"])?;
        let all = Arc::new(Notify::new());
        let mut handled = 0;
        let pipeline = consumer
            .records()
            .commit_every(100, Duration::from_millis(500))
            .drain_on(Arc::clone(&all).notified_owned(), Duration::from_secs(20));
        let report = pipeline
            .process(async |order| {
                let row = (order.topic(), order.partition(), order.offset(), order.payload());
                db.execute("INSERT OR IGNORE INTO orders VALUES (?1, ?2, ?3, ?4)", row)?;
                handled += 1;
                if handled == 1_000 {
                    all.notify_one();
                }
                Ok::<_, rusqlite::Error>(())
            })
            .await?;
        println!("{group}: {report:?}");
        assert_eq!((report.processed, report.committed), (1_000, 1_000));
    }

    let rows: i64 = db.query_row("SELECT count(*) FROM orders", [], |row| row.get(0))?;
    println!("{rows} rows of 2,000 deliveries");
    assert_eq!(rows, 1_000);
    Ok(())
}
