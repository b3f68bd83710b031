//! What a user writes: spawned pipelines without annotations, and the streams of futures.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt};
use klamm_combinators::{CommitExt, RecordsExt, every};
use klamm_core::{Config, Error, Message};
use klamm_producer::{Producer, Record};
use klamm_stream::Consumer;

#[derive(Clone)]
struct Db(Arc<()>);

impl Db {
    async fn apply(&self, payload: Option<&[u8]>) -> Result<(), std::io::Error> {
        tokio::task::yield_now().await;
        let _ = (&self.0, payload);
        Ok(())
    }
}

async fn enrich(m: &impl Message) -> Result<Vec<u8>, std::io::Error> {
    tokio::task::yield_now().await;
    Ok(m.payload().unwrap_or_default().to_vec())
}

async fn programs(config: Config, db: Db, producer: Producer) -> Result<(), Box<dyn std::error::Error>> {
    let consumer = Consumer::builder(config).subscribe(["orders"])?;

    // At least once, commits batched.
    let pipeline = consumer.records().commit_every(1_000, Duration::from_secs(1));
    tokio::spawn({
        let db = db.clone();
        async move { pipeline.process(async move |m| db.apply(m.payload()).await).await }
    })
    .await??;

    // Unordered, 64 at once.
    let pipeline = consumer.records().unordered(64);
    tokio::spawn({
        let db = db.clone();
        async move { pipeline.process(async move |m| db.apply(m.payload()).await).await }
    })
    .await??;

    // Per-key order, 256 keys at once.
    let pipeline = consumer.records().by_key(256);
    tokio::spawn({
        let db = db.clone();
        async move { pipeline.process(async move |m| db.apply(m.payload()).await).await }
    })
    .await??;

    // A task and a state per partition.
    let mut tasks = tokio::task::JoinSet::new();
    let mut parts = consumer.partitions();
    while let Some(part) = parts.next().await.transpose()? {
        let mut bytes = 0;
        tasks.spawn(async move {
            let pipeline = part.records().process(async move |m| {
                bytes += m.payload().map_or(0, <[u8]>::len);
                Ok::<_, std::io::Error>(())
            });
            pipeline.await
        });
    }

    // Consume, transform, produce; the producer is the task's own, or lent to a pipeline that is not spawned.
    let pipeline = consumer.records().by_key(64);
    tokio::spawn({
        let producer = producer.clone();
        async move {
            pipeline.produce_to(producer, async move |m, out| out.send("out", m.key(), &enrich(m).await?)).await
        }
    })
    .await??;
    let pipeline = consumer.records();
    tokio::spawn({
        let producer = producer.clone();
        let mut count = 0;
        async move {
            let pipeline = pipeline.produce_to(&producer, async move |m, out| {
                count += 1;
                out.push(Record::to("out").payload(m.payload_bytes().unwrap_or_default()).header("number", [count]));
                out.send("again", None, &enrich(m).await?)
            });
            pipeline.await
        }
    })
    .await??;
    let pipeline = consumer.records().by_key(64);
    pipeline.produce_to(&producer, async |m, out| out.send("out", m.key(), &enrich(m).await?)).await?;

    // Graceful shutdown, with a report.
    let pipeline = consumer.records().unordered(64).drain_on(tokio::signal::ctrl_c(), Duration::from_secs(20));
    let report = tokio::spawn({
        let db = db.clone();
        async move { pipeline.process(async move |m| db.apply(m.payload()).await).await }
    })
    .await??;
    assert_eq!(report.abandoned, 0);

    // Messages that go elsewhere, and captures by reference in a spawned task.
    let pipeline = consumer.records().by_partition();
    tokio::spawn({
        let db = db.clone();
        async move {
            let db = &db;
            pipeline.process_shared(|m| async move { db.apply(m.payload()).await }).await
        }
    })
    .await??;

    // By hand, with any operator in between.
    let pipeline = consumer
        .records()
        .deliveries()
        .err_into::<Box<dyn std::error::Error + Send + Sync>>()
        .map_ok({
            let db = db.clone();
            move |d| {
                let db = db.clone();
                async move {
                    let (m, ack) = d.into_parts();
                    db.apply(m.payload()).await?;
                    Ok(ack.done())
                }
            }
        })
        .try_buffer_unordered(64)
        .commit(every(1_000).or(Duration::from_secs(1)));
    tokio::spawn(pipeline).await?.map_err(|error| error.to_string())?;

    // Not spawned, with captures by reference; a serial handler may change its state.
    let mut count = 0;
    consumer
        .records()
        .process(async |m| {
            count += 1;
            db.apply(m.payload()).await
        })
        .await?;

    // Streams of futures.
    consumer
        .stream()
        .map_err(Box::<dyn std::error::Error>::from)
        .try_for_each(|m| {
            let producer = producer.clone();
            async move {
                let owned = m.detach();
                producer.send(Record::to("out").payload(owned.payload().unwrap_or_default().to_vec())).await?;
                Ok(())
            }
        })
        .await?;
    let mut stream = consumer.clone().into_stream();
    tokio::spawn(async move { while let Some(Ok(m)) = stream.next().await { drop(m) } }).await?;

    // One at a time, owned.
    let owned = consumer.recv().await?.detach();
    tokio::spawn(async move { owned.offset() }).await?;
    let message = consumer.recv().await?;
    consumer.commit(&message).await?;
    consumer.close(Duration::from_secs(20)).await;
    Ok::<_, Box<dyn std::error::Error>>(())
}

fn is_send<T: Send>(_: T) {}

fn main() {
    fn never<T>() -> Option<T> {
        None
    }
    if let (Some(config), Some(db), Some(producer)) = (never(), never(), never()) {
        drop(programs(config, db, producer));
    }
    if let Some(consumer) = never::<Consumer>() {
        is_send(async move {
            let message = consumer.recv().await?;
            consumer.commit(&message).await?;
            Ok::<_, Error>(())
        });
    }
}
