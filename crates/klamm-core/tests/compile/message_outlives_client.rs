//! A borrowed message lives no longer than the client that its batch is of.

use klamm_core::{Config, Message, native::{Client, Lending}};

fn main() {
    let message = {
        let client = Client::consumer(&Config::new().group_id("billing")).unwrap();
        Lending::new(&client).next_message()
    };
    println!("{:?}", message.map(|message| message.offset()));
}
