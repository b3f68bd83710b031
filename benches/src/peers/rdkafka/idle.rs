//! A stream that nothing comes through.

use std::{sync::Arc, thread};

use anyhow::{Result, anyhow};
use futures_util::{StreamExt, future::select};
use tokio::{runtime, sync::oneshot};

use super::client::assigned;
use crate::{area::Meter, idle::Scene, topic::Topic};

/// Waits for a message that does not come, on a thread of its own, assigned to all partitions.
///
/// # Errors
///
/// If the consumer does not start.
pub fn idle(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let runtime = Arc::new(runtime::Builder::new_current_thread().enable_time().build()?);
    let _inside = runtime.enter();
    let consumer = assigned(&scene.consumer_config(), Topic::NAME, scene.partitions())?;
    let (stop, stopped) = oneshot::channel::<()>();
    let reading = thread::Builder::new().name("reader".to_owned()).spawn({
        let runtime = Arc::clone(&runtime);
        move || {
            runtime.block_on(async {
                let mut stream = consumer.stream();
                select(stream.next(), stopped).await;
            });
        }
    })?;
    Scene::watch(meter)?;
    drop(stop);
    reading.join().map_err(|_| anyhow!("the reader has panicked"))
}
