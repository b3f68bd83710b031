//! A receipt that goes nowhere is a message that is never committed.

#![deny(unused_must_use)]

use klamm_combinators::Ack;

fn main() {}

fn forget(ack: Ack) {
    ack.done();
}
