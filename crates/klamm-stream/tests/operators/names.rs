//! The methods of a consumer and of its streams, with the traits of everybody's operators in scope.

use std::time::Duration;

// Without names, so that only method syntax finds what they have. What two traits in scope have cannot be called like that,
// and an inherent method hides theirs. `cargo xtask tidy` compares the names themselves.
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream::FusedStream as _};
use klamm_core::{
    Message as _,
    contract::{Commit, Source as _},
};
use klamm_stream::Consumer;
use tokio_stream::StreamExt as _;

use super::common::{TOPIC, cluster, soon};

const WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn every_method_of_ours_is_found_beside_those_of_the_traits() {
    let cluster = cluster(1, 10);
    let builder = Consumer::builder(cluster.consumer_config("group"));
    let consumer = builder.hold_deadline(WITHIN).request_timeout(WITHIN).subscribe([TOPIC]).unwrap();

    let message = soon("a message", consumer.recv()).await.unwrap();
    // The contract has a `commit` as well, of other arguments.
    soon("a commit", consumer.commit(&message)).await.unwrap();
    assert!(soon("no commit", Commit::commit(&consumer, Vec::new())).await.is_empty());
    assert_eq!(consumer.diagnostics().partitions.len(), 1);

    let partition = klamm_core::TopicPartition::new(TOPIC, 0);
    assert_eq!(consumer.assignment(), std::slice::from_ref(&partition));
    assert_eq!(consumer.subscription(), [TOPIC]);
    assert!(consumer.position(&partition).unwrap().is_some() && consumer.paused().is_empty());
    consumer.pause([&partition]).unwrap();
    consumer.resume([&partition]).unwrap();
    assert!(soon("the assignment", consumer.assignments().into_future()).await.0.is_some());
    assert_eq!(soon("the lag", consumer.lag()).await.unwrap().len(), 1);
    assert!(consumer.events().into_future().now_or_never().is_none());

    // One method of each trait that no other has.
    let mut stream = consumer.stream();
    assert!(soon("a batch", stream.next_batch()).await.unwrap().unwrap().size_hint().1 > Some(0));
    assert_eq!(soon("a message", stream.select_next_some()).await.unwrap().offset(), 1);
    assert!(!stream.is_terminated());
    let mut seen = Vec::new();
    let timed =
        stream.timeout(WITHIN).map_while(Result::ok).inspect_ok(|message| seen.push(message.offset()));
    let is_last = timed.try_any(|message| std::future::ready(message.offset() == 9));
    assert!(soon("the last", is_last).await.unwrap());
    assert_eq!(seen, (2..10).collect::<Vec<_>>());

    let mut owning = consumer.clone().into_stream();
    assert!(!owning.is_terminated());
    assert!(owning.select_next_some().now_or_never().is_none(), "nothing is left");
    assert!(consumer.feed().is_err(), "a stream is there");
    drop(owning);

    assert!(soon("close", consumer.close(WITHIN)).await.has_left);
    assert!(consumer.recv().now_or_never().is_some_and(|message| message.is_err()));
}
