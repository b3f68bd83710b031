//! Operators that leave messages out, or end before the stream does.

use std::{future::ready, time::Duration};

use futures::{StreamExt, channel::oneshot, stream::FusedStream};

use super::{COUNT, all, offset, offset_of, offsets, operators};

operators! {
    filter(stream) {
        let even = stream.filter(|item| ready(offset_of(item) % 2 == 0));
        even.map(offset).take(COUNT / 2).collect().await
    } -> all().into_iter().step_by(2).collect::<Vec<_>>();

    filter_map(stream) {
        let odd = stream.filter_map(|item| ready(Some(offset(item)).filter(|offset| offset % 2 == 1)));
        odd.take(COUNT / 2).collect().await
    } -> all().into_iter().skip(1).step_by(2).collect::<Vec<_>>();

    // What a stream has taken and not delivered goes to the next one.
    take(stream, other) {
        let first = stream.take(300).map(offset).collect::<Vec<_>>().await;
        (first, other.map(offset).take(COUNT - 300).collect().await)
    } -> (offsets(0, 300), offsets(300, COUNT));

    take_while(stream) {
        let mut early = stream.by_ref().map(offset).take_while(|offset| ready(*offset < 300));
        let seen = early.by_ref().collect::<Vec<_>>().await;
        // The message that ended it was taken.
        (seen, offset(stream.next().await.unwrap()))
    } -> (offsets(0, 300), 301);

    take_until(stream) {
        let (stop, stopped) = oneshot::channel();
        let mut stop = Some(stop);
        let until = stream.by_ref().take_until(stopped).map(offset).inspect(|offset| {
            if *offset == 299 {
                stop.take().unwrap().send(()).unwrap();
            }
        });
        let seen = until.collect::<Vec<_>>().await;
        (seen, offset(stream.next().await.unwrap()))
    } -> (offsets(0, 300), 300);

    skip(stream) { stream.skip(300).map(offset).take(COUNT - 300).collect().await } -> offsets(300, COUNT);

    skip_while(stream) {
        let rest = stream.skip_while(|item| ready(offset_of(item) < 300));
        rest.map(offset).take(COUNT - 300).collect().await
    } -> offsets(300, COUNT);

    by_ref(stream) {
        let first = stream.by_ref().take(300).map(offset).collect::<Vec<_>>().await;
        (first, stream.take(COUNT - 300).map(offset).collect().await)
    } -> (offsets(0, 300), offsets(300, COUNT));

    peekable(stream) {
        let mut peekable = Box::pin(stream.map(offset).peekable());
        let peeked = *peekable.as_mut().peek().await.unwrap();
        (peeked, peekable.take(COUNT).collect().await)
    } -> (0, all());

    fuse(stream, _other, consumer) {
        let mut fused = stream.fuse();
        let seen = fused.by_ref().take(COUNT).map(offset).collect::<Vec<_>>().await;
        consumer.close(Duration::from_secs(10)).await;
        (seen, fused.next().await.is_none(), fused.is_terminated(), fused.next().await.is_none())
    } -> (all(), true, true, true);

    // The streams are fused by themselves.
    without_fuse(stream, _other, consumer) {
        let seen = stream.by_ref().take(COUNT).map(offset).collect::<Vec<_>>().await;
        let before = stream.is_terminated();
        consumer.close(Duration::from_secs(10)).await;
        (seen, before, stream.next().await.is_none(), stream.is_terminated(), stream.next().await.is_none())
    } -> (all(), false, true, true, true);
}
