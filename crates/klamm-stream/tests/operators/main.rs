//! The streams with the operators of futures and of tokio-stream: what each makes of a topic.

#[path = "../common/mod.rs"]
mod common;

mod each;

mod some;

mod several;

mod at_once;

mod fallible;

mod tokios;

mod names;

use std::{fmt::Debug, future::Future};

use klamm_core::{Error, Message};
use klamm_testing::MockCluster;

/// How many messages the topic has: more than two batches of the streams.
const COUNT: usize = 600;

/// A topic of one partition, so that there is one right order.
fn cluster() -> MockCluster {
    common::cluster(1, COUNT)
}

/// What is told of a message: where it stood.
fn offset<M: Message>(item: Result<M, Error>) -> i64 {
    item.expect("no error is expected").offset()
}

/// As [`offset`], of an item that is only looked at.
fn offset_of<M: Message>(item: &Result<M, Error>) -> i64 {
    item.as_ref().expect("no error is expected").offset()
}

/// The offsets from `first` up to but not including `end`, in order.
fn offsets(first: usize, end: usize) -> Vec<i64> {
    (first..end).map(|offset| i64::try_from(offset).expect("there are few")).collect()
}

/// Every offset, in order.
fn all() -> Vec<i64> {
    offsets(0, COUNT)
}

/// For operators that keep no order: nothing is missing and nothing comes twice.
fn sorted(mut offsets: Vec<i64>) -> Vec<i64> {
    offsets.sort_unstable();
    offsets
}

/// What an operator made of a stream is what was expected of it.
async fn check<T: Debug + PartialEq>(stream: &str, made: impl Future<Output = T>, expected: T) {
    assert_eq!(common::soon(stream, made).await, expected, "{stream}");
}

/// Writes one test for each operator, which is applied to the borrowing and to the owning stream of a new consumer.
///
/// `other` is a second stream of the same consumer, `consumer` the consumer itself.
macro_rules! operators {
    ($($name:ident($stream:ident $(, $other:ident $(, $consumer:ident)?)?) $made:block -> $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let cluster = crate::cluster();
            {
                let consumer = crate::common::consumer(&cluster, "borrowing");
                #[allow(unused_mut, reason = "some operators change the stream they are called on")]
                let mut $stream = consumer.stream();
                $(let $other = consumer.stream(); $(let $consumer = consumer.clone();)?)?
                crate::check("stream()", async move { $made }, $expected).await;
            }
            let consumer = crate::common::consumer(&cluster, "owning");
            #[allow(unused_mut, reason = "some operators change the stream they are called on")]
            let mut $stream = consumer.clone().into_stream();
            $(let $other = consumer.clone().into_stream(); $(let $consumer = consumer.clone();)?)?
            crate::check("into_stream()", async move { $made }, $expected).await;
        }
    )*};
}

use operators;
