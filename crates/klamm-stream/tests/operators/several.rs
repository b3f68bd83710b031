//! Operators that join several streams.

use std::{pin::pin, time::Duration};

use futures::{
    StreamExt,
    stream::{self, SelectAll},
};

use super::{COUNT, all, offset, operators, sorted};

operators! {
    zip(stream) {
        let numbered = stream.map(offset).zip(stream::iter(0..));
        numbered.take(COUNT).collect::<Vec<(i64, i64)>>().await
    } -> all().into_iter().map(|offset| (offset, offset)).collect::<Vec<_>>();

    chain(stream, other) {
        stream.take(300).chain(other.take(COUNT - 300)).map(offset).collect().await
    } -> all();

    select(stream, other) {
        sorted(stream::select(stream, other).map(offset).take(COUNT).collect().await)
    } -> all();

    select_with_strategy(stream, other) {
        let right = |(): &mut ()| stream::PollNext::Right;
        sorted(stream::select_with_strategy(stream, other, right).map(offset).take(COUNT).collect().await)
    } -> all();

    select_all(stream, other, consumer) {
        let selected = SelectAll::from_iter([stream, other]);
        let ended = selected.map(offset);
        let mut ended = pin!(ended);
        let seen = ended.by_ref().take(COUNT).collect().await;
        consumer.close(Duration::from_secs(10)).await;
        (sorted(seen), ended.next().await)
    } -> (all(), None);

    // Both arms of the macro are polled in turn.
    select_macro(stream, other) {
        let (mut seen, mut other) = (Vec::new(), other);
        while seen.len() < COUNT {
            seen.push(offset(futures::select! {
                item = stream.select_next_some() => item,
                item = other.select_next_some() => item,
            }));
        }
        sorted(seen)
    } -> all();

    flatten_unordered(stream, other) {
        let both = stream::iter([stream, other]).flatten_unordered(None);
        sorted(both.map(offset).take(COUNT).collect().await)
    } -> all();

    flat_map_unordered(stream, other) {
        let both = stream::iter([stream, other]).flat_map_unordered(2, |stream| stream.map(offset));
        sorted(both.take(COUNT).collect().await)
    } -> all();
}
