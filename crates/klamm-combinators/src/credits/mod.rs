//! How much is held, counted on whichever thread gives it back.

mod pool;
mod sync;

#[cfg(all(test, klamm_loom))]
mod models;

pub(crate) use pool::Credits;
