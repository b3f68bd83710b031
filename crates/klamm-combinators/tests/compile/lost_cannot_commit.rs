//! Nothing of a lost partition can be committed: the token of a revoke is another type, and cannot be made from it.

use klamm_core::contract::{Lost, Revoked};

fn main() {}

fn finish(token: Revoked) {
    drop(token);
}

fn lost(lost: Lost) {
    finish(lost);
}
