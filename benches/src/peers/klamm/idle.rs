//! A stream that nothing comes through.

use std::{thread, time::Duration};

use anyhow::{Result, anyhow, ensure};
use futures_util::StreamExt;
use klamm_stream::Consumer;
use tokio::runtime;

use crate::{area::Meter, idle::Scene, peers::wait, topic::Topic};

/// How long leaving the group may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// Waits for a message that does not come, on a thread of its own, as the only member of a group.
///
/// # Errors
///
/// If the consumer does not start, or does not get all partitions.
pub fn idle(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let consumer = Consumer::builder(scene.consumer_config()).subscribe([Topic::NAME])?;
    let reading = thread::Builder::new().name("reader".to_owned()).spawn({
        let consumer = consumer.clone();
        move || -> Result<()> {
            let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
            runtime.block_on(async {
                let item = consumer.stream().next().await;
                ensure!(item.is_none(), "there was something to read: {item:?}");
                Ok(())
            })
        }
    })?;
    let wanted = scene.partitions().count();
    wait::until("not all partitions are assigned", || consumer.diagnostics().partitions.len() == wanted)?;
    Scene::watch(meter)?;
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(consumer.close(CLOSE_WITHIN));
    reading.join().map_err(|_| anyhow!("the reader has panicked"))?
}
