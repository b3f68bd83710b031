//! The consumer as a source of a pipeline.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_channel::oneshot;
use klamm_core::{
    BorrowedMessage, ConfigError, Epoch, Error, ErrorCode, ErrorKind, GroupMetadata, Position, SharedMessage,
    TopicPartition,
    contract::{Commit, CommitAnswer, CommitResult, IntoSource, Source},
};

use super::{ConsumerFeed, Cursor, SharedConsumerFeed};
use crate::{Consumer, control::Request, partition::Phase};

impl Source for Consumer {
    type Message<'c> = BorrowedMessage<'c>;
    type Feed<'c> = ConsumerFeed<'c>;
    type SharedMessage = SharedMessage;
    type SharedFeed = SharedConsumerFeed;

    fn feed(&self) -> Result<ConsumerFeed<'_>, Error> {
        ConsumerFeed::of_all(self, Cursor::lending(&self.shared().client))
    }

    fn shared_feed(&self) -> Result<SharedConsumerFeed, Error> {
        SharedConsumerFeed::of_all(self, Cursor::new(&self.shared().client))
    }

    fn hold_limit(&self) -> Duration {
        self.shared().hold_limit
    }

    fn partition_of(&self, epoch: Epoch) -> Option<TopicPartition> {
        let partition = self.shared().table.of(epoch)?;
        (partition.phase() != Phase::Closed).then(|| partition.name.clone())
    }

    async fn group_metadata(&self) -> Result<GroupMetadata, Error> {
        // As the client has it, which understands a setting however it is written.
        let level = self.shared().client.setting(c"isolation.level");
        if level.as_deref() != Some("read_committed") {
            return Err(Error::from(ErrorKind::Config(ConfigError::Refused {
                key: "isolation.level",
                value: "read_uncommitted".to_owned(),
                reason: "who goes on after a transaction might not see what it has committed",
            })));
        }
        // The consumer's own, of which this adds that who is to be a member is one: else nothing would be fenced.
        let group = Self::group_metadata(self).await?;
        if group.generation().is_none() && !self.subscription().is_empty() {
            return Err(Error::from(ErrorKind::Operation {
                operation: "rd_kafka_consumer_group_metadata",
                code: ErrorCode::ILLEGAL_GENERATION,
                reason: "the consumer has to join its group first".to_owned(),
            }));
        }
        Ok(group)
    }

    async fn leave(&self, within: Duration) {
        self.close(within).await;
    }
}

impl IntoSource for &Consumer {
    type Source = Consumer;

    fn into_source(self) -> Consumer {
        self.clone()
    }
}

impl Commit for Consumer {
    type Answer = Commits;

    fn commit(&self, positions: Vec<(Epoch, Position)>) -> Commits {
        let epochs = positions.iter().map(|(epoch, _)| *epoch).collect();
        let (reply, answer) = oneshot::channel();
        if self.shared().has_group {
            self.shared().requests.send(Request::Commit { positions, reply, deadline: None });
        } else {
            // There is nobody to tell, and so nothing that could be behind.
            let done = |(epoch, position)| (epoch, CommitResult::Committed(position));
            reply.send(positions.into_iter().map(done).collect()).ok();
        }
        Commits { epochs, answer }
    }
}

/// The answer to a commit.
///
/// # Cancel safety
///
/// The request was sent when this was made; dropping it changes nothing about that.
#[must_use = "without it nothing is known of the commit"]
#[derive(Debug)]
pub struct Commits {
    epochs: Vec<Epoch>,
    answer: oneshot::Receiver<CommitAnswer>,
}

impl Future for Commits {
    type Output = CommitAnswer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CommitAnswer> {
        let this = self.get_mut();
        let answer = ready!(Pin::new(&mut this.answer).poll(cx));
        // A control thread that has ended answers nobody.
        let closed = || this.epochs.iter().map(|epoch| (*epoch, CommitResult::Closed)).collect();
        Poll::Ready(answer.unwrap_or_else(|_| closed()))
    }
}
