//! A pipeline has one schedule.

use klamm_combinators::RecordsExt;
use klamm_stream::Consumer;

fn main() {}

fn pipeline(consumer: &Consumer) {
    let _ = consumer.records().unordered(8).by_key(8);
}
