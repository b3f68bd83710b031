//! Klamm's stream, with progress and commits by hand.

use std::{cell::RefCell, future::Future};

use anyhow::Result;
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture};
use klamm_core::{
    BorrowedMessage, Error, Message, PartitionOffset, Position, TopicPartition, TopicPartitionList,
};
use klamm_stream::Consumer;
use tokio::runtime;

use super::progress::Progress;
use crate::{
    area::Meter,
    peers::handled::Handled,
    pipelines::{AT_ONCE, COMMIT_EVERY, Scene, Schedule},
    topic::Topic,
};

/// Reads the topic through [`Consumer::stream`], as the only member of its group, and commits what is done after every 1,000
/// messages, one request at a time.
///
/// # Errors
///
/// If the consumer does not start, does not get all messages into its queues, or a commit is refused.
pub fn pipelines(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let topic = &scene.topic;
    let consumer = Consumer::builder(scene.member_config()).subscribe([Topic::NAME])?;
    topic.wait_until_fetched(|| consumer.diagnostics().waiting())?;
    let handled = Handled::default();
    let keeper = Keeper::new(&consumer, topic.partitions().count());
    let handle = async |message: &BorrowedMessage<'_>| handled.add(message.payload().map_or(0, <[u8]>::len));
    meter(&mut || {
        handled.poll_until(topic.messages(), async {
            let mut messages = consumer.stream();
            match scene.schedule {
                // One after the other keeps every order.
                Schedule::Serial | Schedule::ByPartition | Schedule::ByKey | Schedule::ByHand => {
                    while let Some(Ok(message)) = messages.next().await {
                        keeper.start(&message);
                        handle(&message).await;
                        keeper.finish(&message);
                    }
                }
                Schedule::Unordered | Schedule::ByHandAtOnce => {
                    let handling = messages.map(|item| {
                        if let Ok(message) = &item {
                            keeper.start(message);
                        }
                        async {
                            let message = item?;
                            handle(&message).await;
                            keeper.finish(&message);
                            Ok::<_, Error>(())
                        }
                    });
                    let mut handling = handling.buffer_unordered(AT_ONCE);
                    while let Some(Ok(())) = handling.next().await {}
                }
            }
        })
    });
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    Ok(runtime.block_on(keeper.finish_all())?)
}

/// What is done of every partition, and the commit that is under way.
struct Keeper<'c> {
    consumer: &'c Consumer,
    partitions: Vec<Progress>,
    commits: RefCell<Commits<'c>>,
}

#[derive(Default)]
struct Commits<'c> {
    /// Messages that are done since the last.
    done: usize,
    under_way: Option<LocalBoxFuture<'c, Result<(), Error>>>,
}

impl<'c> Keeper<'c> {
    fn new(consumer: &'c Consumer, partitions: usize) -> Self {
        let partitions = (0..partitions).map(|_| Progress::default()).collect();
        Self { consumer, partitions, commits: RefCell::default() }
    }

    fn of(&self, message: &impl Message) -> &Progress {
        &self.partitions[usize::try_from(message.partition()).unwrap_or(0)]
    }

    fn start(&self, message: &impl Message) {
        self.of(message).start(message.offset());
    }

    fn finish(&self, message: &impl Message) {
        self.of(message).finish(message.offset());
        let mut commits = self.commits.borrow_mut();
        commits.done += 1;
        if commits.done >= COMMIT_EVERY {
            // What is refused is committed with what comes later, or in the end.
            commits.under_way.take_if(|answer| answer.now_or_never().is_some());
            if commits.under_way.is_none() {
                let mut answer = self.commit().boxed_local();
                commits.under_way = (&mut answer).now_or_never().is_none().then_some(answer);
                commits.done = 0;
            }
        }
    }

    /// Commits what is done without a gap.
    fn commit(&self) -> impl Future<Output = Result<(), Error>> + use<'c> {
        let mut positions = TopicPartitionList::new();
        for (number, progress) in (0..).zip(&self.partitions) {
            let partition = TopicPartition::new(Topic::NAME, number);
            positions.add(PartitionOffset::at(partition, Position::at(progress.watermark())));
        }
        let consumer = self.consumer;
        async move { consumer.commit_positions(&positions).await }
    }

    async fn finish_all(&self) -> Result<(), Error> {
        let under_way = self.commits.borrow_mut().under_way.take();
        if let Some(answer) = under_way {
            answer.await?;
        }
        self.commit().await
    }
}
