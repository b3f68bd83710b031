//! Several readers of all queues: what one gives back, what two share, and a slot's place that goes to another queue.

use std::{future::poll_fn, sync::Arc};

use loom::{future::block_on, sync::Mutex, thread};

use super::queue::{Queue, hub, model, next, once, queue};
use crate::wake::{Hub, Reader};

/// A queue, and what readers gave back of it, which goes first.
struct Partition {
    queue: Arc<Queue>,
    returned: Mutex<usize>,
}

impl Partition {
    fn take(&self) -> Option<()> {
        let Queue { hub, index, slot, .. } = &*self.queue;
        if !slot.claim() {
            return None;
        }
        let is_returned = {
            let mut returned = self.returned.lock().unwrap();
            let found = *returned > 0;
            *returned -= usize::from(found);
            found
        };
        let found = is_returned || self.queue.pop();
        hub.release(*index, slot, found);
        found.then_some(())
    }

    /// What `Partition::give_back` does: put it back, then raise.
    fn give_back(&self) {
        *self.returned.lock().unwrap() += 1;
        self.queue.hub.raise(self.queue.index, &self.queue.slot);
    }
}

#[test]
fn loom_what_is_given_back_goes_to_one_who_waits() {
    model(3, || {
        let hub = hub();
        let partition = Arc::new(Partition { queue: queue(&hub, 0), returned: Mutex::new(0) });
        partition.queue.push();
        let leaving = thread::spawn({
            let (hub, partition) = (Arc::clone(&hub), Arc::clone(&partition));
            move || {
                let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
                let taken = once(|cx| hub.poll_take(&mut reader, &mut turn, cx, |_| partition.take()));
                if taken.is_some() {
                    partition.give_back();
                }
            }
        });
        let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
        let item = block_on(poll_fn(|cx| hub.poll_take(&mut reader, &mut turn, cx, |_| partition.take())));
        assert!(item.is_some());
        leaving.join().unwrap();
        assert!(partition.take().is_none(), "it came twice");
    });
}

#[test]
fn loom_two_streams_share_two_queues() {
    model(1, || {
        let hub = hub();
        let queues = [queue(&hub, 0), queue(&hub, 1)];
        let streams = [(); 2].map(|()| {
            let (hub, queues) = (Arc::clone(&hub), queues.clone());
            thread::spawn(move || {
                let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
                assert!(block_on(next(&hub, &mut reader, &mut turn, &queues)).is_some());
            })
        });
        for queue in &queues {
            queue.push();
        }
        for stream in streams {
            stream.join().unwrap();
        }
        assert!(queues.iter().all(|queue| queue.take().is_none()), "one came twice");
    });
}

/// Two assignments after one another, in the same place of the ready set. The old one's callback is still running.
struct Generations {
    old: Arc<Queue>,
    new: Arc<Queue>,
    /// As `Table`: which of them stands there.
    present: Arc<Mutex<Arc<Queue>>>,
}

impl Generations {
    fn new(hub: &Arc<Hub>) -> Self {
        let (old, new) = (queue(hub, 0), queue(hub, 0));
        let present = Arc::new(Mutex::new(Arc::clone(&old)));
        Self { old, new, present }
    }
}

#[test]
fn loom_an_old_callback_takes_no_wake_from_its_successor() {
    model(2, || {
        let hub = hub();
        let Generations { old, new, present } = Generations::new(&hub);
        let late = thread::spawn(move || old.push());
        let control = thread::spawn({
            let (hub, new, present) = (Arc::clone(&hub), Arc::clone(&new), Arc::clone(&present));
            move || {
                // The queue is split off, and may be filled, before the partition is in its place.
                new.push();
                *present.lock().unwrap() = Arc::clone(&new);
                hub.raise(new.index, &new.slot);
                hub.enqueue(new.index, &new.slot);
            }
        });
        let (mut reader, mut turn) = (Reader::lasting(&hub).unwrap(), 0);
        let mut look = |_| {
            let present = Arc::clone(&*present.lock().unwrap());
            present.take().map(|()| present)
        };
        // The old queue's item may come first, while that stands there.
        for _ in 0..2 {
            let from = block_on(poll_fn(|cx| hub.poll_take(&mut reader, &mut turn, cx, &mut look)));
            if Arc::ptr_eq(&from.unwrap(), &new) {
                break;
            }
        }
        late.join().unwrap();
        control.join().unwrap();
        assert!(new.take().is_none(), "it came twice, or not");
    });
}

#[test]
fn loom_an_old_callback_takes_no_wake_from_its_successors_owner() {
    model(3, || {
        let hub = hub();
        let Generations { old, new, .. } = Generations::new(&hub);
        let mut reader = Reader::lone(&hub).unwrap();
        reader.own(&new.slot);
        let late = thread::spawn(move || old.push());
        let producer = thread::spawn({
            let new = Arc::clone(&new);
            move || new.push()
        });
        let item = block_on(poll_fn(|cx| hub.poll_take_own(&mut reader, &new.slot, cx, || new.take())));
        assert!(item.is_some());
        late.join().unwrap();
        producer.join().unwrap();
    });
}
