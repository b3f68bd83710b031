//! Waits until brokers really serve.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::broker::Broker;
use super::wire;

/// Three brokers need ten seconds on two cores; a loaded machine is given many times that.
const DEADLINE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until each of these brokers answers, and knows as many brokers to be in service as its cluster has.
pub(super) fn wait_for_all(brokers: &[Broker<'_>]) -> Result<()> {
    let ids = brokers.iter().map(|broker| i32::from(broker.node.id)).collect::<Vec<_>>();
    let deadline = Instant::now() + DEADLINE;
    brokers.iter().try_for_each(|broker| wait(broker, &ids, deadline))
}

/// Waits until this broker answers and is itself in service. Others may be down or paused.
pub(super) fn wait_for_one(broker: &Broker<'_>) -> Result<()> {
    wait(broker, &[broker.node.id.into()], Instant::now() + DEADLINE)
}

fn wait(broker: &Broker<'_>, wanted: &[i32], deadline: Instant) -> Result<()> {
    let id = broker.node.id;
    loop {
        let known = wire::brokers_known_at(broker.node.port, PATIENCE);
        if known.as_ref().is_ok_and(|known| wanted.iter().all(|id| known.contains(id))) {
            return Ok(());
        }
        if broker.process()?.is_none() {
            bail!("broker {id} ended instead of starting; {}", broker.end_of_log());
        }
        if Instant::now() > deadline {
            let state = match known {
                Ok(known) => format!("knows only the brokers {known:?} of {wanted:?}"),
                Err(error) => format!("does not answer ({error})"),
            };
            bail!("after {} s broker {id} {state}; {}", DEADLINE.as_secs(), broker.end_of_log());
        }
        thread::sleep(PAUSE);
    }
}
