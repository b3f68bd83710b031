//! Driving a pipeline's feed by hand.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use klamm_core::{
    Epoch, Error, Message,
    contract::{Event, Feed},
};

use super::soon;

/// Waits for the next event.
pub(crate) async fn event(feed: &mut impl Feed) -> Event {
    soon("an event", poll_fn(|cx| feed.poll_event(cx))).await
}

/// Waits for the next event that is not only the end of a rebalance.
pub(crate) async fn change(feed: &mut impl Feed) -> Event {
    loop {
        match event(feed).await {
            Event::Assigned(news) if news.is_empty() => {}
            change => break change,
        }
    }
}

/// Waits until so many partitions are assigned, and returns their epochs by number.
pub(crate) async fn assigned(feed: &mut impl Feed, count: usize) -> BTreeMap<i32, Epoch> {
    let mut epochs = BTreeMap::new();
    while epochs.len() < count {
        match event(feed).await {
            Event::Assigned(news) => {
                epochs.extend(news.into_iter().map(|it| (it.partition.partition, it.epoch)));
            }
            other => panic!("{other:?}"),
        }
    }
    epochs
}

/// Waits for what is next in a message's place.
pub(crate) async fn item<F: Feed>(feed: &mut F) -> Option<Result<F::Message, Error>> {
    soon("a message", poll_fn(|cx| feed.poll_message(cx))).await
}

/// Waits for the next message.
pub(crate) async fn message<F: Feed>(feed: &mut F) -> F::Message {
    item(feed).await.expect("the source is not closed").unwrap()
}

/// Waits for so many messages, and returns their offsets.
pub(crate) async fn offsets<F: Feed<Message: Message>>(feed: &mut F, count: usize) -> Vec<i64> {
    let mut offsets = Vec::with_capacity(count);
    while offsets.len() < count {
        offsets.push(message(feed).await.offset());
    }
    offsets
}

/// Waits until an epoch's position is `end`. No message is to come, and what wakes the feed is all that wakes this.
pub(crate) async fn reach(feed: &mut impl Feed, epoch: Epoch, end: i64) {
    let reached = poll_fn(|cx| {
        while let Poll::Ready(item) = feed.poll_message(cx) {
            assert!(item.expect("it is not closed").is_err(), "a message came");
        }
        let Some(at) = feed.position(epoch) else { return Poll::Pending };
        if at.offset() == end { Poll::Ready(()) } else { Poll::Pending }
    });
    soon("the position", reached).await;
}

/// A task that counts how often it was woken.
#[derive(Default)]
pub(crate) struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Task {
    pub(crate) fn wakes(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Polls for a message on this task.
    pub(crate) fn poll<F: Feed>(self: &Arc<Self>, feed: &mut F) -> Poll<Option<Result<F::Message, Error>>> {
        feed.poll_message(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    /// Polls until it waits without having been woken meanwhile; no message is to come.
    pub(crate) async fn park(self: &Arc<Self>, feed: &mut impl Feed) {
        soon("it waits", async {
            loop {
                let wakes = self.wakes();
                assert!(self.poll(feed).is_pending(), "a message came");
                if self.wakes() == wakes {
                    break;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}
