//! The thread that destroys clients.

use std::{io, thread};

use super::client::Doomed;

/// Destroys a client on a thread of its own (rule N2): a message that somebody keeps for long holds up no other client.
///
/// Without a thread to be had the client is leaked, which is the lesser evil beside waiting here.
pub(super) fn destroy(client: Doomed) {
    let spawned = thread::Builder::new().name("klamm-reaper".to_owned()).spawn(move || client.destroy());
    if let Err(error) = spawned {
        leaked(&error);
    }
}

#[cold]
fn leaked(error: &io::Error) {
    tracing::error!(target: "klamm", %error, "no thread to destroy a client on; it is leaked");
}
