//! A borrowed message cannot be sent to a task of its own.

use klamm_core::Message;
use klamm_stream::Consumer;

async fn leaves(consumer: &Consumer) {
    let message = consumer.recv().await.unwrap();
    tokio::spawn(async move { message.offset() });
}

fn main() {
    let _ = leaves;
}
