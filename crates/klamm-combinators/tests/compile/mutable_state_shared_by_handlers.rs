//! Handlers that run at once cannot change state they share.

use klamm_combinators::RecordsExt;
use klamm_stream::Consumer;

async fn shares(consumer: Consumer) {
    let mut count = 0;
    let handled = consumer.records().unordered(8).process(async |_| {
        count += 1;
        Ok::<_, std::io::Error>(())
    });
    handled.await.unwrap();
}

fn main() {
    let _ = shares;
}
