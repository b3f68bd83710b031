//! Klamm's pipeline by key, over messages that a source makes up.

use std::{convert::Infallible, pin::pin, time::Duration};

use anyhow::Result;
use klamm_combinators::RecordsExt;
use tokio::task::yield_now;

use crate::{
    area::Meter,
    keys::{Keys, MadeUp},
    peers::handled::Handled,
    pipelines::KEYS_AT_ONCE,
};

/// Later than any run ends.
const NEVER: Duration = Duration::from_secs(86_400);

/// Handles messages by key; each handler waits once. Nothing is committed.
///
/// # Errors
///
/// None.
pub fn keys(case: &Keys, meter: &mut Meter<'_>) -> Result<()> {
    let (source, handled) = (MadeUp::new(case.keys), Handled::default());
    let records = source.clone().records().commit_every(usize::MAX, NEVER);
    let mut pipeline = pin!(records.by_key(KEYS_AT_ONCE).process(async |_| {
        yield_now().await;
        handled.add(0);
        Ok::<_, Infallible>(())
    }));
    source.add(Keys::WARM_UP);
    let before = handled.poll_until(Keys::WARM_UP, pipeline.as_mut());
    source.add(case.messages);
    meter(&mut || handled.poll_until(Keys::WARM_UP + case.messages, pipeline.as_mut()) - before);
    Ok(())
}
