//! Operators that see every message, one at a time.

use std::future::ready;

use futures::{FutureExt, StreamExt, stream};

use super::{COUNT, all, offset, offset_of, offsets, operators};

operators! {
    next(stream) {
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.push(offset(stream.next().await.unwrap()));
        }
        // Nothing is left, and that is no end.
        assert!(stream.next().now_or_never().is_none());
        seen
    } -> all();

    into_future(stream) {
        let (first, rest) = stream.into_future().await;
        let second = rest.into_future().await.0;
        [first, second].map(|item| offset(item.unwrap()))
    } -> [0, 1];

    select_next_some(stream) {
        let first = offset(stream.select_next_some().await);
        (first, offset(stream.select_next_some().await))
    } -> (0, 1);

    poll_next_unpin(stream) {
        let mut seen = Vec::new();
        while seen.len() < COUNT {
            seen.push(offset(std::future::poll_fn(|cx| stream.poll_next_unpin(cx)).await.unwrap()));
        }
        seen
    } -> all();

    map(stream) { stream.map(offset).take(COUNT).collect().await } -> all();

    enumerate(stream) {
        let numbered = stream.enumerate().map(|(number, item)| (i64::try_from(number).unwrap(), offset(item)));
        numbered.take(COUNT).collect::<Vec<_>>().await
    } -> all().into_iter().map(|offset| (offset, offset)).collect::<Vec<_>>();

    then(stream) {
        let later = stream.then(async |item| {
            tokio::task::yield_now().await;
            offset(item)
        });
        later.take(COUNT).collect().await
    } -> all();

    inspect(stream) {
        let mut seen = Vec::new();
        let passed = stream.inspect(|item| seen.push(offset_of(item))).map(offset).take(COUNT).collect::<Vec<_>>().await;
        (seen, passed)
    } -> (all(), all());

    for_each(stream) {
        let mut seen = Vec::new();
        let keep = |item| {
            seen.push(offset(item));
            ready(())
        };
        stream.take(COUNT).for_each(keep).await;
        seen
    } -> all();

    fold(stream) {
        let fold = stream.take(COUNT).fold(Vec::new(), async |mut seen, item| {
            seen.push(offset(item));
            seen
        });
        fold.await
    } -> all();

    scan(stream) {
        let sums = stream.scan(0, |sum, item| {
            *sum += offset(item);
            ready(Some(*sum))
        });
        sums.take(COUNT).collect().await
    } -> all().into_iter().scan(0, |sum, offset| { *sum += offset; Some(*sum) }).collect::<Vec<_>>();

    collect(stream) {
        let items: Vec<_> = stream.take(COUNT).collect().await;
        items.into_iter().map(offset).collect()
    } -> all();

    unzip(stream) {
        let pairs = stream.take(COUNT).map(|item| (offset_of(&item), item));
        let (before, items): (Vec<_>, Vec<_>) = pairs.unzip().await;
        (before, items.into_iter().map(offset).collect())
    } -> (all(), all());

    count(stream) { stream.take(COUNT).count().await } -> COUNT;

    all_of_them(stream) { stream.take(COUNT).all(|item| ready(item.is_ok())).await } -> true;

    any_of_them(stream) {
        let is_there = stream.by_ref().any(|item| ready(offset(item) == 300)).await;
        (is_there, offset(stream.next().await.unwrap()))
    } -> (true, 301);

    concat(stream) { stream.take(COUNT).map(|item| vec![offset(item)]).concat().await } -> all();

    flat_map(stream) {
        let doubled = stream.flat_map(|item| {
            let offset = offset(item);
            stream::iter([offset, -offset])
        });
        doubled.take(2 * COUNT).collect().await
    } -> all().into_iter().flat_map(|offset| [offset, -offset]).collect::<Vec<_>>();

    flatten(stream) {
        stream.map(|item| stream::iter([offset(item)])).flatten().take(COUNT).collect().await
    } -> all();

    boxed(stream) { stream.boxed().map(offset).take(COUNT).collect().await } -> all();

    boxed_local(stream) { stream.boxed_local().map(offset).take(COUNT).collect().await } -> all();

    left_stream_and_right_stream(stream, other) {
        let streams = [stream.take(COUNT / 2).left_stream(), other.skip(0).take(COUNT / 2).right_stream()];
        let mut seen = Vec::new();
        for mut half in streams {
            while let Some(item) = half.next().await {
                seen.push(offset(item));
            }
        }
        seen
    } -> all();

    catch_unwind(stream) {
        let caught = stream.map(|item| match offset(item) {
            300 => std::panic::resume_unwind(Box::new("on purpose")),
            offset => offset,
        });
        let items: Vec<_> = std::panic::AssertUnwindSafe(caught).catch_unwind().collect().await;
        let (seen, panics): (Vec<_>, Vec<_>) = items.into_iter().partition(Result::is_ok);
        (seen.into_iter().map(Result::unwrap).collect(), panics.len())
    } -> (offsets(0, 300), 1);

    forward(stream) {
        let (sink, sent) = futures::channel::mpsc::unbounded();
        stream.take(COUNT).map(|item| Ok(offset(item))).forward(sink).await.unwrap();
        sent.collect().await
    } -> all();
}
