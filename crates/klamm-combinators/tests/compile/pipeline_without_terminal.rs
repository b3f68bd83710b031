//! A pipeline that is never run is a mistake.
#![deny(unused_must_use)]

use klamm_combinators::RecordsExt;
use klamm_stream::Consumer;

fn forgets(consumer: &Consumer) {
    consumer.records().unordered(8);
}

fn main() {
    let _ = forgets;
}
