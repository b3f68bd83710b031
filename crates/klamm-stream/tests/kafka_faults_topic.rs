//! Groups that read on while their topic grows: `cargo xtask test --only kafka`.

mod faults;

use std::time::Instant;

use faults::{Load, all_go_on, cluster, groups, settle, topic, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_that_are_added_are_read_from_their_beginning() {
    let (started, cluster) = (Instant::now(), cluster());
    let topic = topic(&cluster, "grown", 3, 3);
    let load = Load::start(&cluster, &topic, 3).await;
    let groups = groups(&cluster, &topic);
    all_go_on("before there are more", &load, &groups).await;
    cluster.grow_topic(&topic, 6).unwrap();
    until("something in each new partition", || load.ends().len() == 6).await;
    all_go_on("there being more", &load, &groups).await;
    settle(&cluster, load, groups, started).await;
}
