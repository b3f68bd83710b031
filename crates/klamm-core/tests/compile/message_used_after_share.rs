//! A message that was shared is no longer there to be read through the consumer.

use klamm_core::{BorrowedMessage, Message};

fn read_both(message: BorrowedMessage<'_>) -> bool {
    let shared = message.share();
    shared.offset() == message.offset()
}

fn main() {
    let _ = read_both;
}
