//! Readers of all queues, and one queue at a time.

use std::{future::poll_fn, sync::Arc};

use loom::{future::block_on, sync::Mutex, thread};

use super::queue::{hub, model, next, once, queue};
use crate::wake::Reader;

#[test]
fn loom_no_wake_is_lost() {
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
        let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
        let queues = [queue];
        for _ in 0..2 {
            assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
        }
        producer.join().unwrap();
    });
}

#[test]
fn loom_two_queues_one_reader() {
    model(3, || {
        let hub = hub();
        let queues = [queue(&hub, 0), queue(&hub, 1)];
        let producers = queues.clone().map(|queue| thread::spawn(move || queue.push()));
        let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
        for _ in 0..2 {
            assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
        }
        for producer in producers {
            producer.join().unwrap();
        }
    });
}

#[test]
fn loom_two_readers_share_the_items() {
    model(2, || {
        let hub = hub();
        let queues = [queue(&hub, 0)];
        let readers = [(); 2].map(|()| {
            let (hub, queues) = (Arc::clone(&hub), queues.clone());
            thread::spawn(move || {
                let (mut reader, mut turn) = (Reader::new(&hub).unwrap(), 0);
                assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
            })
        });
        queues[0].push();
        queues[0].push();
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn loom_a_dropped_reader_passes_its_wake_on() {
    model(2, || {
        let hub = hub();
        let queues = [queue(&hub, 0)];
        let giving_up = thread::spawn({
            let (hub, queues) = (Arc::clone(&hub), queues.clone());
            move || {
                let (mut reader, mut turn) = (Reader::new(&hub).unwrap(), 0);
                // Goes away whether it was woken since or not.
                let item = once(|cx| hub.poll_take(&mut reader, &mut turn, cx, |index| queues[index].take()));
                item.is_some()
            }
        });
        let producer = thread::spawn({
            let queue = Arc::clone(&queues[0]);
            move || {
                queue.push();
                queue.push();
            }
        });
        let (mut reader, mut turn) = (Reader::new(&hub).unwrap(), 0);
        assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
        let one_was_taken = giving_up.join().unwrap();
        if !one_was_taken {
            assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
        }
        producer.join().unwrap();
    });
}

#[test]
fn loom_closing_ends_every_reader() {
    model(3, || {
        let hub = hub();
        let queues = [queue(&hub, 0)];
        let closer = thread::spawn({
            let (hub, queue) = (Arc::clone(&hub), Arc::clone(&queues[0]));
            move || {
                queue.push();
                hub.close();
            }
        });
        let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
        assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
        assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_none());
        closer.join().unwrap();
    });
}

/// The control thread looks into a queue without claiming its slot, and raises the slot when it is done.
#[test]
fn loom_a_slot_that_was_in_the_way_is_raised_again() {
    model(3, || {
        let hub = hub();
        let queues = [queue(&hub, 0)];
        queues[0].push();
        let busy = Arc::new(Mutex::new(()));
        let control = thread::spawn({
            let (hub, queue, busy) = (Arc::clone(&hub), Arc::clone(&queues[0]), Arc::clone(&busy));
            move || {
                drop(busy.lock().unwrap());
                hub.raise(0, &queue.slot);
            }
        });
        let (mut reader, mut turn) = (Reader::new(&hub).unwrap(), 0);
        let item = block_on(poll_fn(|cx| {
            hub.poll_take(&mut reader, &mut turn, cx, |index| {
                let queue = &queues[index];
                let Ok(guard) = busy.try_lock() else {
                    if queue.slot.claim() {
                        hub.release(index, &queue.slot, false);
                    }
                    return None;
                };
                let taken = queue.take();
                drop(guard);
                taken
            })
        }));
        assert!(item.is_some());
        control.join().unwrap();
    });
}
