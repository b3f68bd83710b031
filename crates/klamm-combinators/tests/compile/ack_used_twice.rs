//! A message is acknowledged once.

use klamm_combinators::{Ack, Done};

fn main() {}

fn twice(ack: Ack) -> [Done; 2] {
    [ack.done(), ack.done()]
}
