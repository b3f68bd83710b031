//! What can happen to a broker: killed, paused, resumed, restarted.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::instance::Instance;
use super::process::Process;
use super::ready;

/// Ends the broker without a goodbye.
pub(super) fn kill(id: u8) -> Result<()> {
    let instance = Instance::current()?;
    let _lock = instance.lock()?;
    running(&instance, id)?.kill()?;
    eprintln!("kafka: broker {id} is killed");
    Ok(())
}

/// Stops the broker in the middle of whatever it does; its connections stay open.
pub(super) fn pause(id: u8) -> Result<()> {
    let instance = Instance::current()?;
    let process = running(&instance, id)?;
    process.signal(Signal::STOP)?;
    // The last of its threads may take a moment.
    let deadline = Instant::now() + Duration::from_secs(5);
    while !process.is_paused() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    eprintln!("kafka: broker {id} is paused");
    Ok(())
}

/// Lets a paused broker go on.
pub(super) fn resume(id: u8) -> Result<()> {
    let instance = Instance::current()?;
    running(&instance, id)?.signal(Signal::CONT)?;
    eprintln!("kafka: broker {id} goes on");
    Ok(())
}

/// Ends the broker if it runs, starts it over the same data and waits until it serves.
pub(super) fn restart(id: u8) -> Result<()> {
    let instance = Instance::current()?;
    let broker = instance.broker(id)?;
    let lock = instance.lock()?;
    if let Some(process) = broker.process()? {
        process.kill()?;
    }
    let began = Instant::now();
    broker.start()?;
    // The new process can be seen from here on; other faults need not wait until it serves.
    drop(lock);
    ready::wait_for_one(&broker).with_context(|| format!("see {}", broker.log().display()))?;
    eprintln!("kafka: broker {id} is back after {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn running(instance: &Instance, id: u8) -> Result<Process> {
    instance.broker(id)?.process()?.with_context(|| format!("broker {id} does not run"))
}
