//! A queue that one reader owns: taking it over, waiting, giving it up, the end.

use std::{future::poll_fn, sync::Arc};

use loom::{
    future::block_on,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::queue::{Queue, hub, model, next, once, queue};
use crate::wake::{Hub, Reader};

/// Reads one item of the reader's own queue, or the end.
async fn next_own(hub: &Hub, reader: &mut Reader, queue: &Queue) -> Option<()> {
    poll_fn(|cx| hub.poll_take_own(reader, &queue.slot, cx, || queue.take())).await
}

fn owner(hub: &Arc<Hub>, queue: &Queue) -> Reader {
    let reader = Reader::lone(hub).unwrap();
    reader.own(&queue.slot);
    reader
}

#[test]
fn loom_no_wake_of_an_owner_is_lost() {
    model(3, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let mut reader = owner(&hub, &queue);
        let producer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                queue.push();
                queue.push();
            }
        });
        for _ in 0..2 {
            assert!(block_on(next_own(&hub, &mut reader, &queue)).is_some());
        }
        producer.join().unwrap();
    });
}

#[test]
fn loom_a_slot_is_owned_while_it_is_raised() {
    model(3, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let producer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                queue.push();
                queue.push();
            }
        });
        let mut reader = owner(&hub, &queue);
        for _ in 0..2 {
            assert!(block_on(next_own(&hub, &mut reader, &queue)).is_some());
        }
        producer.join().unwrap();
    });
}

/// Whoever hands partitions out clears the ready set of what is not for it.
#[test]
fn loom_a_reader_of_all_takes_no_wake_from_an_owner() {
    model(2, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let mut reader = owner(&hub, &queue);
        let producer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.push()
        });
        let passer_by = thread::spawn({
            let hub = Arc::clone(&hub);
            move || {
                let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
                once(|cx| hub.poll_take(&mut reader, &mut turn, cx, |_| None::<()>))
            }
        });
        assert!(block_on(next_own(&hub, &mut reader, &queue)).is_some());
        producer.join().unwrap();
        assert!(passer_by.join().unwrap().is_none());
    });
}

#[test]
fn loom_what_an_owner_leaves_goes_to_one_who_waits() {
    model(2, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let mut reader = owner(&hub, &queue);
        // It waits, so that it may be chosen and gone.
        assert!(once(|cx| hub.poll_take_own(&mut reader, &queue.slot, cx, || queue.take())).is_none());
        let producer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.push()
        });
        let leaving = thread::spawn({
            let (hub, queue) = (Arc::clone(&hub), Arc::clone(&queue));
            move || {
                hub.disown(queue.index, &queue.slot);
                drop(reader);
            }
        });
        let (mut other, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
        assert!(block_on(next(&hub, &mut other, &mut turn, &[queue])).is_some());
        producer.join().unwrap();
        leaving.join().unwrap();
    });
}

/// A partition's stream is dropped while another is made for the same partition.
#[test]
fn loom_a_slot_is_owned_anew_while_its_owner_goes() {
    model(3, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let first = owner(&hub, &queue);
        // As `Reading`: whether there is a stream, and none is made while there is.
        let is_open = Arc::new(Mutex::new(true));
        let leaving = thread::spawn({
            let (hub, queue, is_open) = (Arc::clone(&hub), Arc::clone(&queue), Arc::clone(&is_open));
            move || {
                hub.disown(queue.index, &queue.slot);
                *is_open.lock().unwrap() = false;
                drop(first);
            }
        });
        let mut leaving = Some(leaving);
        if *is_open.lock().unwrap() {
            leaving.take().unwrap().join().unwrap();
        }
        let mut second = owner(&hub, &queue);
        let producer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.push()
        });
        assert!(block_on(next_own(&hub, &mut second, &queue)).is_some());
        producer.join().unwrap();
        if let Some(leaving) = leaving {
            leaving.join().unwrap();
        }
    });
}

#[test]
fn loom_an_owner_takes_what_is_left_and_hears_of_the_end() {
    model(3, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let mut reader = owner(&hub, &queue);
        let closer = thread::spawn({
            let (hub, queue) = (Arc::clone(&hub), Arc::clone(&queue));
            move || {
                queue.push();
                hub.close();
            }
        });
        assert!(block_on(next_own(&hub, &mut reader, &queue)).is_some());
        assert!(block_on(next_own(&hub, &mut reader, &queue)).is_none());
        closer.join().unwrap();
    });
}

/// The partition is revoked: that is said first, and announced as `Partition::announce` does.
#[test]
fn loom_an_owner_hears_that_its_partition_is_over() {
    model(3, || {
        let hub = hub();
        let queue = queue(&hub, 0);
        let mut reader = owner(&hub, &queue);
        let is_over = Arc::new(AtomicBool::new(false));
        let control = thread::spawn({
            let (hub, queue, is_over) = (Arc::clone(&hub), Arc::clone(&queue), Arc::clone(&is_over));
            move || {
                is_over.store(true, Ordering::Release);
                hub.raise(queue.index, &queue.slot);
                hub.enqueue(queue.index, &queue.slot);
            }
        });
        let producer = thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.push()
        });
        // What was announced may have been used up by the look into the queue: so it is looked for on both sides of that.
        let end = || is_over.load(Ordering::Acquire).then_some(None);
        let look = || end().or_else(|| queue.take().map(Some)).or_else(end);
        let mut taken = 0;
        while let Some(()) =
            block_on(poll_fn(|cx| hub.poll_take_own(&mut reader, &queue.slot, cx, look))).flatten()
        {
            taken += 1;
        }
        assert!(taken <= 1);
        control.join().unwrap();
        producer.join().unwrap();
    });
}
