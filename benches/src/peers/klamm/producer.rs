//! Futures of deliveries.

use std::{collections::VecDeque, sync::Arc};

use anyhow::{Result, ensure};
use bytes::Bytes;
use klamm_producer::{Delivery, Producer, Record};

use crate::{area::Meter, measure::Work, producer::Records, topic::Topic};

/// Sends from a task, and awaits the oldest delivery when as many are under way.
///
/// # Errors
///
/// If the producer does not start, or a record is not delivered.
pub fn producer(records: &Records, meter: &mut Meter<'_>) -> Result<()> {
    let case = records.case();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let producer = Producer::builder(records.config()).start()?;
    let topic: Arc<str> = Topic::NAME.into();
    let payload = Bytes::from_static(vec![b'.'; case.payload].leak());
    let record = || Record::to(Arc::clone(&topic)).partition(0).payload(payload.clone());
    // The topic is known, and everything has its size.
    runtime.block_on(producer.send(record()))?;
    let mut failed = 0_usize;
    meter(&mut || {
        let mut work = Work::default();
        let mut under_way = VecDeque::<Delivery>::with_capacity(case.in_flight);
        runtime.block_on(async {
            for _ in 0..case.records {
                if under_way.len() == case.in_flight {
                    let oldest = under_way.pop_front().expect("there are some");
                    failed += usize::from(oldest.await.is_err());
                    work.add(case.payload);
                }
                under_way.push_back(producer.send(record()));
            }
            for delivery in under_way {
                failed += usize::from(delivery.await.is_err());
                work.add(case.payload);
            }
        });
        work
    });
    ensure!(failed == 0, "{failed} records were not delivered");
    Ok(())
}
