//! `kafka up` and `kafka down`: a cluster that outlives the command that started it.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::cluster::Cluster;
use super::instance::{self, Instance, Size};
use super::lock::Lock;
use super::places;

/// Starts the cluster unless it is up, and prints its addresses.
pub(super) fn up(size: Size) -> Result<ExitCode> {
    let _lock = lock()?;
    if let Some(instance) = Instance::open(&places::up()) {
        if is_up(&instance, size)? {
            eprintln!("kafka: already up");
            println!("{}", instance.bootstrap());
            return Ok(ExitCode::SUCCESS);
        }
    }
    if places::up().exists() {
        eprintln!("kafka: clearing away what an earlier cluster left behind");
        instance::destroy(&places::up())?;
    }
    let cluster = Cluster::start_in([places::up()], size)?;
    println!("{}", cluster.bootstrap());
    cluster.let_go()?;
    Ok(ExitCode::SUCCESS)
}

/// Ends the cluster of `up` and removes its data.
pub(super) fn down() -> Result<ExitCode> {
    let _lock = lock()?;
    let was_there = places::up().exists();
    instance::destroy(&places::up())?;
    eprintln!("kafka: {}", if was_there { "down" } else { "nothing was up" });
    Ok(ExitCode::SUCCESS)
}

/// Whether this cluster is the wanted one and runs. One that is up in another way is not ours to clear away.
fn is_up(instance: &Instance, size: Size) -> Result<bool> {
    let mut missing = Vec::new();
    for broker in instance.brokers() {
        if broker.process()?.is_none() {
            missing.push(broker.node.id);
        }
    }
    let brokers = instance.plan.nodes.len();
    if missing.len() == brokers || !instance.is_complete() {
        return Ok(false);
    }
    if brokers != usize::from(size.brokers()) {
        bail!("a cluster of {brokers} is up: end it with `cargo xtask kafka down` first");
    }
    if let Some(id) = missing.first() {
        bail!("broker {id} of the cluster is down: `cargo xtask kafka restart {id}`, or `down` first");
    }
    Ok(true)
}

fn lock() -> Result<Lock> {
    places::create_home()?;
    Lock::take(&places::home().join("up.lock"), "another `kafka up` or `kafka down`")
}
