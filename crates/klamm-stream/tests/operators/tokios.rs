//! The operators of tokio-stream.

use std::{pin::pin, time::Duration};

use tokio::time::Instant;
use tokio_stream::{StreamExt, StreamMap};

use super::{COUNT, all, offset, offset_of, offsets, operators, sorted};

/// So long that it does not end within a test.
const LONG: Duration = Duration::from_secs(3_600);
/// So short that something ends for want of messages.
const SHORT: Duration = Duration::from_millis(50);

operators! {
    next(stream) {
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.push(offset(stream.next().await.unwrap()));
        }
        seen
    } -> all();

    try_next(stream) {
        let first = stream.try_next().await;
        (offset(first.map(Option::unwrap)), offset(stream.try_next().await.map(Option::unwrap)))
    } -> (0, 1);

    map(stream) { stream.map(offset).take(COUNT).collect().await } -> all();

    map_while(stream) {
        stream.map_while(|item| Some(offset(item)).filter(|offset| *offset < 300)).collect().await
    } -> offsets(0, 300);

    then(stream) { stream.then(async |item| offset(item)).take(COUNT).collect().await } -> all();

    filter(stream) {
        stream.filter(|item| offset_of(item) % 2 == 0).map(offset).take(COUNT / 2).collect().await
    } -> all().into_iter().step_by(2).collect::<Vec<_>>();

    filter_map(stream) {
        let odd = stream.filter_map(|item| Some(offset(item)).filter(|offset| offset % 2 == 1));
        odd.take(COUNT / 2).collect().await
    } -> all().into_iter().skip(1).step_by(2).collect::<Vec<_>>();

    take(stream, other) {
        let first = stream.take(300).map(offset).collect::<Vec<_>>().await;
        (first, other.take(COUNT - 300).map(offset).collect().await)
    } -> (offsets(0, 300), offsets(300, COUNT));

    take_while(stream) { stream.map(offset).take_while(|offset| *offset < 300).collect().await } -> offsets(0, 300);

    skip(stream) { stream.skip(300).map(offset).take(COUNT - 300).collect().await } -> offsets(300, COUNT);

    skip_while(stream) {
        stream.map(offset).skip_while(|offset| *offset < 300).take(COUNT - 300).collect().await
    } -> offsets(300, COUNT);

    all_of_them(stream) { stream.take(COUNT).all(|item| item.is_ok()).await } -> true;

    any_of_them(stream) {
        let is_there = stream.any(|item| offset(item) == 300).await;
        (is_there, offset(stream.next().await.unwrap()))
    } -> (true, 301);

    fold(stream) {
        let fold = stream.take(COUNT).fold(Vec::new(), |mut seen, item| {
            seen.push(offset(item));
            seen
        });
        fold.await
    } -> all();

    // One error would take the place of all.
    collect_of_results(stream) {
        let messages = stream.take(COUNT).map(|item| item.map(|message| offset(Ok(message))));
        messages.collect::<Result<Vec<_>, _>>().await.unwrap()
    } -> all();

    chain(stream, other) { stream.take(300).chain(other.take(COUNT - 300)).map(offset).collect().await } -> all();

    merge(stream, other, consumer) {
        let mut merged = stream.merge(other);
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.push(offset(merged.next().await.unwrap()));
        }
        consumer.close(Duration::from_secs(10)).await;
        (sorted(seen), merged.next().await.is_none())
    } -> (all(), true);

    stream_map(stream, other) {
        let mut map = StreamMap::new();
        map.insert("one", stream);
        map.insert("other", other);
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            let (key, item) = map.next().await.unwrap();
            assert!(["one", "other"].contains(&key));
            seen.push(offset(item));
        }
        sorted(seen)
    } -> all();

    fuse(stream, _other, consumer) {
        let mut fused = stream.fuse();
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.push(offset(fused.next().await.unwrap()));
        }
        consumer.close(Duration::from_secs(10)).await;
        (seen, fused.next().await.is_none(), fused.next().await.is_none())
    } -> (all(), true, true);

    peekable(stream) {
        let mut peekable = stream.map(offset).peekable();
        let peeked = *peekable.peek().await.unwrap();
        (peeked, peekable.take(COUNT).collect().await)
    } -> (0, all());

    // All but the last chunk are full; that one is what there is when its time is over.
    chunks_timeout(stream) {
        let mut chunks = pin!(stream.chunks_timeout(COUNT - 1, SHORT));
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.extend(chunks.next().await.unwrap().into_iter().map(offset));
        }
        seen
    } -> all();

    chunks_timeout_of_full_chunks(stream) {
        let mut chunks = pin!(stream.chunks_timeout(100, LONG));
        let (mut seen, mut lengths) = (Vec::new(), Vec::new());
        while seen.len() < COUNT {
            let chunk = chunks.next().await.unwrap();
            lengths.push(chunk.len());
            seen.extend(chunk.into_iter().map(offset));
        }
        (lengths, seen)
    } -> (vec![100; COUNT / 100], all());

    throttle(stream) {
        let (began, pause) = (Instant::now(), Duration::from_millis(2));
        let mut throttled = pin!(stream.throttle(pause));
        let mut seen = Vec::new();
        while seen.len() < 50 {
            seen.push(offset(throttled.next().await.unwrap()));
        }
        (seen, began.elapsed() >= 49 * pause)
    } -> (offsets(0, 50), true);

    // An item for each time that nothing came, and everything that came.
    timeout(stream) {
        let mut timed = pin!(stream.timeout(SHORT));
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            if let Ok(item) = timed.next().await.unwrap() {
                seen.push(offset(item));
            }
        }
        (seen, timed.next().await.unwrap().is_err())
    } -> (all(), true);

    timeout_repeating(stream) {
        let mut timed = pin!(stream.timeout_repeating(tokio::time::interval(SHORT)));
        let (mut seen, mut elapsed) = (Vec::new(), 0);
        while seen.len() < COUNT || elapsed < 3 {
            match timed.next().await.unwrap() {
                Ok(item) => seen.push(offset(item)),
                Err(_) => elapsed += 1,
            }
        }
        seen
    } -> all();
}
