//! `kafka status`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use super::broker::Broker;
use super::instance::Instance;
use super::{places, wire};

/// Prints one row per broker; fails unless all of them serve.
pub(super) fn status() -> Result<ExitCode> {
    let Some(instance) = Instance::open(&places::current()) else {
        println!("no cluster is up");
        return Ok(ExitCode::FAILURE);
    };
    println!("cluster in {}", instance.dir().display());
    let mut all_serve = true;
    for broker in instance.brokers() {
        let (serves, state) = state(&broker)?;
        all_serve &= serves;
        println!("broker {}  127.0.0.1:{}  {state}", broker.node.id, broker.node.port);
    }
    Ok(if all_serve { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn state(broker: &Broker<'_>) -> Result<(bool, String)> {
    let Some(process) = broker.process()? else { return Ok((false, "down".into())) };
    let pid = process.id();
    if process.is_paused() {
        return Ok((false, format!("paused, process {pid}")));
    }
    Ok(match wire::brokers_known_at(broker.node.port, Duration::from_secs(2)) {
        Ok(known) => (true, format!("serves, process {pid}, knows {} in service", known.len())),
        Err(error) => (false, format!("does not answer, process {pid}: {error}")),
    })
}
