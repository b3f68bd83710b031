//! Headers come from a message or from bytes, not from nothing.

use klamm_core::message::{Headers, OwnedHeaders};

fn main() {
    let headers = Headers { count: 1 };
    println!("{:?}", OwnedHeaders::from(headers));
    let headers = Headers::default();
    println!("{:?}", OwnedHeaders::from(headers));
}
