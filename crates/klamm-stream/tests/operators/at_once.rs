//! Operators that work on several messages at once.

use std::cell::RefCell;

use futures::StreamExt;
use klamm_core::{Error, Message};

use super::{COUNT, all, offset, operators, sorted};

/// Waits longer for every message but each third, so that they overtake one another.
async fn unevenly<M: Message>(item: Result<M, Error>) -> i64 {
    let offset = offset(item);
    for _ in 0..offset % 3 {
        tokio::task::yield_now().await;
    }
    offset
}

operators! {
    buffered(stream) { stream.map(unevenly).buffered(16).take(COUNT).collect().await } -> all();

    buffer_unordered(stream) {
        sorted(stream.map(unevenly).buffer_unordered(16).take(COUNT).collect().await)
    } -> all();

    for_each_concurrent(stream) {
        let seen = RefCell::new(Vec::new());
        let keep = async |item| {
            let offset = unevenly(item).await;
            seen.borrow_mut().push(offset);
        };
        stream.take(COUNT).for_each_concurrent(16, keep).await;
        sorted(seen.into_inner())
    } -> all();

    for_each_concurrent_without_limit(stream) {
        let seen = RefCell::new(Vec::new());
        stream.take(COUNT).for_each_concurrent(None, async |item| seen.borrow_mut().push(offset(item))).await;
        seen.into_inner()
    } -> all();

    chunks(stream) {
        let chunks = stream.chunks(100).take(COUNT / 100).collect::<Vec<_>>().await;
        let lengths = chunks.iter().map(Vec::len).collect::<Vec<_>>();
        (lengths, chunks.into_iter().flatten().map(offset).collect())
    } -> (vec![100; COUNT / 100], all());

    // Never empty, never longer than asked for, never waiting for more.
    ready_chunks(stream) {
        let mut chunks = stream.ready_chunks(100);
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            let chunk = chunks.next().await.unwrap();
            assert!((1..=100).contains(&chunk.len()), "{}", chunk.len());
            seen.extend(chunk.into_iter().map(offset));
        }
        seen
    } -> all();
}
