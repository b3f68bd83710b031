//! The operators of `TryStreamExt`.

use std::{cell::RefCell, future::ready};

use futures::{StreamExt, TryStreamExt, stream};
use klamm_core::{Error, ErrorKind, Message};

use super::{COUNT, all, offsets, operators, sorted};

/// An error as a handler has it.
#[derive(Debug)]
struct Failed;

impl From<Error> for Failed {
    fn from(_: Error) -> Self {
        Self
    }
}

/// What stands for a handler's own failure where the operator keeps the stream's error.
fn failed() -> Error {
    ErrorKind::Closed.into()
}

/// What a message turns into, a few turns later.
async fn later<M: Message>(message: M) -> Result<i64, Error> {
    for _ in 0..message.offset() % 3 {
        tokio::task::yield_now().await;
    }
    Ok(message.offset())
}

operators! {
    try_next(stream) {
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.push(stream.try_next().await.unwrap().unwrap().offset());
        }
        seen
    } -> all();

    map_ok(stream) {
        stream.map_ok(|message| message.offset()).take(COUNT).try_collect().await.unwrap()
    } -> all();

    map_err(stream) {
        let (seen, errors) = (RefCell::new(Vec::new()), RefCell::new(0));
        let ended = stream.map_err(|_| *errors.borrow_mut() += 1).take(COUNT).try_for_each(|message| {
            seen.borrow_mut().push(message.offset());
            ready(Ok(()))
        });
        ended.await.unwrap();
        (seen.into_inner(), errors.into_inner())
    } -> (all(), 0);

    err_into(stream) {
        let read = stream.err_into::<Failed>().take(COUNT).map_ok(|message| message.offset());
        read.try_collect::<Vec<_>>().await.unwrap()
    } -> all();

    and_then(stream) { stream.and_then(later).take(COUNT).try_collect().await.unwrap() } -> all();

    or_else(stream) {
        let read = stream.map_ok(|message| message.offset()).or_else(async |_| Err::<i64, _>(Failed));
        read.take(COUNT).try_collect().await.unwrap()
    } -> all();

    inspect_ok_and_inspect_err(stream) {
        let (mut seen, mut errors) = (Vec::new(), 0);
        let inspected = stream.inspect_ok(|message| seen.push(message.offset())).inspect_err(|_| errors += 1);
        let passed = inspected.map_ok(|message| message.offset()).take(COUNT).try_collect::<Vec<_>>().await.unwrap();
        (seen, errors, passed)
    } -> (all(), 0, all());

    // The name that `Consumer` has as well.
    into_stream_of_a_stream(stream) {
        TryStreamExt::into_stream(stream).map_ok(|message| message.offset()).take(COUNT).try_collect().await.unwrap()
    } -> all();

    // An error ends it; the message that it was about is taken, what follows is not.
    try_for_each(stream) {
        let mut seen = Vec::new();
        let ended = stream.by_ref().try_for_each(|message| {
            seen.push(message.offset());
            ready(if message.offset() < 299 { Ok(()) } else { Err(failed()) })
        });
        let error = ended.await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Closed), "{error:?}");
        (seen, stream.try_next().await.unwrap().unwrap().offset())
    } -> (offsets(0, 300), 300);

    try_for_each_concurrent(stream) {
        let seen = RefCell::new(Vec::new());
        let handle = async |message| {
            let offset = later(message).await?;
            seen.borrow_mut().push(offset);
            Ok(())
        };
        stream.take(COUNT).try_for_each_concurrent(16, handle).await.unwrap();
        sorted(seen.into_inner())
    } -> all();

    try_filter(stream) {
        let even = stream.try_filter(|message| ready(message.offset() % 2 == 0)).map_ok(|message| message.offset());
        even.take(COUNT / 2).try_collect().await.unwrap()
    } -> all().into_iter().step_by(2).collect::<Vec<_>>();

    try_filter_map(stream) {
        let odd = stream.try_filter_map(|message| {
            ready(Ok(Some(message.offset()).filter(|offset| offset % 2 == 1)))
        });
        odd.take(COUNT / 2).try_collect().await.unwrap()
    } -> all().into_iter().skip(1).step_by(2).collect::<Vec<_>>();

    try_skip_while(stream) {
        let rest = stream.try_skip_while(|message| ready(Ok(message.offset() < 300)));
        rest.map_ok(|message| message.offset()).take(COUNT - 300).try_collect().await.unwrap()
    } -> offsets(300, COUNT);

    try_take_while(stream) {
        let early = stream.try_take_while(|message| ready(Ok(message.offset() < 300)));
        early.map_ok(|message| message.offset()).try_collect().await.unwrap()
    } -> offsets(0, 300);

    try_collect(stream) {
        let messages: Vec<_> = stream.take(COUNT).try_collect().await.unwrap();
        messages.iter().map(Message::offset).collect()
    } -> all();

    try_fold(stream) {
        let fold = stream.take(COUNT).try_fold(Vec::new(), async |mut seen, message| {
            seen.push(message.offset());
            Ok(seen)
        });
        fold.await.unwrap()
    } -> all();

    try_all(stream) { stream.take(COUNT).try_all(|message| ready(message.offset() >= 0)).await.unwrap() } -> true;

    try_any(stream) {
        let is_there = stream.by_ref().try_any(|message| ready(message.offset() == 300)).await.unwrap();
        (is_there, stream.try_next().await.unwrap().unwrap().offset())
    } -> (true, 301);

    try_concat(stream) {
        stream.take(COUNT).map_ok(|message| vec![message.offset()]).try_concat().await.unwrap()
    } -> all();

    try_chunks(stream) {
        let chunks = stream.try_chunks(100).take(COUNT / 100).try_collect::<Vec<_>>().await.unwrap();
        let lengths = chunks.iter().map(Vec::len).collect::<Vec<_>>();
        (lengths, chunks.iter().flatten().map(Message::offset).collect())
    } -> (vec![100; COUNT / 100], all());

    try_ready_chunks(stream) {
        let mut chunks = stream.try_ready_chunks(100);
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            let chunk = chunks.try_next().await.unwrap().unwrap();
            assert!((1..=100).contains(&chunk.len()), "{}", chunk.len());
            seen.extend(chunk.iter().map(Message::offset));
        }
        seen
    } -> all();

    try_buffered(stream) {
        stream.map_ok(later).try_buffered(16).take(COUNT).try_collect().await.unwrap()
    } -> all();

    try_buffer_unordered(stream) {
        sorted(stream.map_ok(later).try_buffer_unordered(16).take(COUNT).try_collect().await.unwrap())
    } -> all();

    try_flatten(stream) {
        let doubled = stream.map_ok(|message| {
            let offset = message.offset();
            stream::iter([offset, -offset].map(Ok::<_, Error>))
        });
        doubled.try_flatten().take(2 * COUNT).try_collect().await.unwrap()
    } -> all().into_iter().flat_map(|offset| [offset, -offset]).collect::<Vec<_>>();

    try_flatten_unordered(stream) {
        let inner = stream.map_ok(|message| stream::iter([Ok::<_, Error>(message.offset())]));
        sorted(inner.try_flatten_unordered(4).take(COUNT).try_collect().await.unwrap())
    } -> all();
}
