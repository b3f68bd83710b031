//! A borrowed message lives no longer than its consumer.

use klamm_core::{Config, Message};
use klamm_stream::Consumer;

async fn outlives(config: Config) -> i64 {
    let message = {
        let consumer = Consumer::builder(config).subscribe(["orders"]).unwrap();
        consumer.recv().await.unwrap()
    };
    message.offset()
}

fn main() {
    drop(outlives(Config::new()));
}
