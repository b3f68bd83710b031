//! Order by key: what belongs to one account is handled in its order, and the accounts at once.

use std::{cell::RefCell, collections::HashMap, io, sync::Arc, time::Duration};

use klamm_combinators::RecordsExt;
use klamm_core::{Message, OwnedMessage};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;
use tokio::{sync::Notify, time::sleep};

const ACCOUNTS: i32 = 50;
const STEPS: u8 = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = MockCluster::start(1)?;
    cluster.create_topic("steps", 4)?;
    let all = (0..STEPS).flat_map(|step| (0..ACCOUNTS).map(move |account| (account, step)));
    let all = all.map(|(account, step)| {
        let message = OwnedMessage::builder("steps").partition(account % 4);
        message.key(format!("account-{account}")).payload(vec![step]).build()
    });
    cluster.write(&all.collect::<Vec<_>>())?;

    let consumer = Consumer::builder(cluster.consumer_config("ledger")).subscribe(["steps"])?;
    let finished = Arc::new(Notify::new());
    let pipeline = consumer
        .records()
        .by_key(64)
        .drain_on(Arc::clone(&finished).notified_owned(), Duration::from_secs(20));
    let accounts = RefCell::new(HashMap::<Vec<u8>, Vec<u8>>::new());
    let report = pipeline
        .process(async |message| {
            let step = message.payload().map_or(0, |payload| payload[0]);
            // The earlier the step the longer it takes: without an order the last would be the first.
            sleep(Duration::from_millis((STEPS - step).into())).await;
            let mut accounts = accounts.borrow_mut();
            accounts.entry(message.key().unwrap_or_default().to_vec()).or_default().push(step);
            if accounts.values().map(Vec::len).sum::<usize>() == 1_000 {
                finished.notify_one();
            }
            io::Result::Ok(())
        })
        .await?;

    println!("{report:?}");
    assert_eq!((report.processed, report.committed), (1_000, 1_000));
    assert!(accounts.into_inner().into_values().all(|steps| steps.into_iter().eq(0..STEPS)));
    Ok(())
}
