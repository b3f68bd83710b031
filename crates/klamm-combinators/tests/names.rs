//! The methods of a pipeline, with the traits of everybody's operators in scope.

mod common;

use std::time::Duration;

use common::{Fine, TOPIC, cluster, committed, soon};
// Without names, so that only method syntax finds what they have. `cargo xtask tidy` compares the names themselves.
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use klamm_combinators::RecordsExt as _;
use klamm_core::Message as _;
use klamm_stream::Consumer;
use tokio_stream::StreamExt as _;

#[tokio::test]
async fn every_method_of_a_pipeline_is_found_beside_those_of_the_traits() {
    let cluster = cluster(1, 10);
    let consumer = Consumer::builder(cluster.consumer_config("group")).subscribe([TOPIC]).unwrap();
    let close = async || consumer.close(Duration::from_secs(20)).await;

    let mut first = Vec::new();
    let serial = consumer.records().commit_every(5, Duration::from_millis(10));
    let serial = serial.process(async |message| {
        first.push(message.offset());
        if first.len() < 5 { Ok(()) } else { Err(std::io::Error::other("on purpose")) }
    });
    soon("five messages", serial.boxed_local()).await.unwrap_err();
    assert_eq!((first, committed(&cluster, "group", 1)), (vec![0, 1, 2, 3, 4], 4));

    // One method of each trait that no other has.
    let mut stream = consumer.stream();
    assert_eq!(soon("a message", stream.select_next_some()).await.unwrap().offset(), 4);
    let next = stream.map_while(Some).try_any(|message| std::future::ready(message.offset() == 6));
    assert!(soon("a message", next).await.unwrap());

    let unordered = consumer.records().commit_every(1, Duration::from_secs(1)).unordered(4);
    let unordered = unordered.process(async |message| {
        if message.offset() == 9 {
            close().now_or_never();
        }
        Fine::Ok(())
    });
    soon("the rest", unordered).await.unwrap();
    assert_eq!(committed(&cluster, "group", 1), 10);
}
