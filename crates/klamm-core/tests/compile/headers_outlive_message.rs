//! A view of headers lives no longer than its message.

use klamm_core::{Message, OwnedMessage};

fn main() {
    let value = {
        let message = OwnedMessage::builder("orders").header("trace", "a1").build();
        message.headers().and_then(|headers| headers.get("trace")?.value())
    };
    println!("{value:?}");
}
