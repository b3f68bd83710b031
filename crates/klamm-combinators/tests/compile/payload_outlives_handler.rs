//! A payload is not kept beyond its handler.

use klamm_combinators::RecordsExt;
use klamm_core::Message;
use klamm_stream::Consumer;

async fn keeps(consumer: Consumer) {
    let mut kept: Vec<&[u8]> = Vec::new();
    let handled = consumer.records().process(async |message| {
        kept.push(message.payload().unwrap_or_default());
        Ok::<_, std::io::Error>(())
    });
    handled.await.unwrap();
    println!("{}", kept.len());
}

fn main() {
    let _ = keeps;
}
