//! What the hub does on one thread; the interleavings are in `models`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::{Hub, Reader, Slot};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Task {
    reader: Reader,
    turn: usize,
    count: Arc<Count>,
    waker: Waker,
}

impl Task {
    fn new(hub: &Arc<Hub>) -> Self {
        let count = Arc::<Count>::default();
        let waker = Waker::from(Arc::clone(&count));
        Self { reader: Reader::new(hub).unwrap(), turn: 0, count, waker }
    }

    fn lasting(hub: &Arc<Hub>) -> Self {
        Self { reader: Reader::lasting(hub).unwrap(), ..Self::new(hub) }
    }

    /// Makes a task that owns a slot.
    fn owner(hub: &Arc<Hub>, slot: &Slot) -> Self {
        let task = Self { reader: Reader::lone(hub).unwrap(), ..Self::new(hub) };
        task.reader.own(slot);
        task
    }

    /// Polls once, taking only from its own slot, which is left ready for `more` further times.
    fn poll_own(&mut self, hub: &Hub, index: usize, slot: &Slot, more: bool) -> Poll<Option<usize>> {
        let waker = self.waker.clone();
        hub.poll_take_own(&mut self.reader, slot, &mut Context::from_waker(&waker), || {
            slot.claim().then(|| {
                hub.release(index, slot, more);
                index
            })
        })
    }

    /// Polls once, taking whatever slot is ready and leaving it ready for `more` further times.
    fn poll(&mut self, hub: &Hub, slots: &[Slot], more: bool) -> Poll<Option<usize>> {
        let waker = self.waker.clone();
        hub.poll_take(&mut self.reader, &mut self.turn, &mut Context::from_waker(&waker), |index| {
            slots[index].claim().then(|| {
                hub.release(index, &slots[index], more);
                index
            })
        })
    }

    fn wakes(&self) -> usize {
        self.count.0.load(Ordering::Relaxed)
    }
}

fn hub(slots: usize) -> (Arc<Hub>, Vec<Slot>) {
    let hub = Arc::new(Hub::new());
    assert!((0..slots).all(|index| hub.reserve(index)));
    (hub, (0..slots).map(|_| Slot::new()).collect())
}

#[test]
fn a_raised_slot_is_taken_once() {
    let (hub, slots) = hub(3);
    let mut task = Task::new(&hub);
    hub.raise(1, &slots[1]);
    hub.raise(1, &slots[1]);
    assert_eq!(task.poll(&hub, &slots, false), Poll::Ready(Some(1)));
    assert_eq!(task.poll(&hub, &slots, false), Poll::Pending);
}

#[test]
fn slots_with_more_take_turns() {
    let (hub, slots) = hub(200);
    let mut task = Task::new(&hub);
    for index in [3, 70, 199] {
        hub.raise(index, &slots[index]);
    }
    let taken: Vec<_> = (0..6).map(|_| task.poll(&hub, &slots, true)).collect();
    assert_eq!(taken, [3, 70, 199, 3, 70, 199].map(|index| Poll::Ready(Some(index))));
}

#[test]
fn one_raise_wakes_one_reader() {
    let (hub, slots) = hub(2);
    let (mut first, mut second) = (Task::new(&hub), Task::new(&hub));
    assert!(first.poll(&hub, &slots, false).is_pending() && second.poll(&hub, &slots, false).is_pending());
    hub.raise(0, &slots[0]);
    assert_eq!(first.wakes() + second.wakes(), 1);
    hub.raise(1, &slots[1]);
    assert_eq!((first.wakes(), second.wakes()), (1, 1));
}

#[test]
fn one_raise_wakes_every_stream() {
    let (hub, slots) = hub(1);
    let mut tasks = [Task::lasting(&hub), Task::new(&hub), Task::lasting(&hub)];
    assert!(tasks.iter_mut().all(|task| task.poll(&hub, &slots, false).is_pending()));
    hub.raise(0, &slots[0]);
    assert_eq!(tasks.map(|task| task.wakes()), [1; 3]);
}

#[test]
fn a_dropped_reader_passes_its_wake_on() {
    let (hub, slots) = hub(1);
    let (mut first, mut second) = (Task::new(&hub), Task::new(&hub));
    assert!(first.poll(&hub, &slots, false).is_pending() && second.poll(&hub, &slots, false).is_pending());
    hub.raise(0, &slots[0]);
    let (chosen, other) = if first.wakes() == 1 { (first, second) } else { (second, first) };
    drop(chosen);
    assert_eq!(other.wakes(), 1);
}

#[test]
fn a_reader_that_is_awake_is_not_chosen() {
    let (hub, slots) = hub(2);
    let (mut busy, mut waiting) = (Task::new(&hub), Task::new(&hub));
    assert!(busy.poll(&hub, &slots, false).is_pending() && waiting.poll(&hub, &slots, false).is_pending());
    hub.raise(0, &slots[0]);
    assert_eq!(busy.poll(&hub, &slots, false), Poll::Ready(Some(0)));
    hub.raise(1, &slots[1]);
    assert_eq!(waiting.wakes(), 1);
}

#[test]
fn a_closed_hub_ends_its_readers_after_what_is_ready() {
    let (hub, slots) = hub(1);
    let mut task = Task::new(&hub);
    assert!(task.poll(&hub, &slots, false).is_pending());
    hub.raise(0, &slots[0]);
    hub.close();
    assert_eq!(task.poll(&hub, &slots, false), Poll::Ready(Some(0)));
    assert_eq!(task.poll(&hub, &slots, false), Poll::Ready(None));
}

#[test]
fn a_raise_of_an_owned_slot_wakes_its_owner_only() {
    let (hub, slots) = hub(2);
    let mut owners = [0, 1].map(|index| Task::owner(&hub, &slots[index]));
    let mut others = [Task::lasting(&hub), Task::new(&hub)];
    for (index, owner) in owners.iter_mut().enumerate() {
        assert!(owner.poll_own(&hub, index, &slots[index], false).is_pending());
    }
    assert!(others.iter_mut().all(|task| task.poll(&hub, &slots, false).is_pending()));
    hub.raise(1, &slots[1]);
    assert_eq!(owners.each_ref().map(Task::wakes), [0, 1]);
    assert_eq!(others.map(|task| task.wakes()), [0, 0]);
    assert_eq!(owners[1].poll_own(&hub, 1, &slots[1], false), Poll::Ready(Some(1)));
    assert!(owners[1].poll_own(&hub, 1, &slots[1], false).is_pending());
}

#[test]
fn an_owner_takes_what_was_raised_before_it_came() {
    let (hub, slots) = hub(1);
    hub.raise(0, &slots[0]);
    let mut owner = Task::owner(&hub, &slots[0]);
    assert_eq!(owner.poll_own(&hub, 0, &slots[0], true), Poll::Ready(Some(0)));
    assert_eq!(owner.poll_own(&hub, 0, &slots[0], false), Poll::Ready(Some(0)));
    assert!(owner.poll_own(&hub, 0, &slots[0], false).is_pending());
}

#[test]
fn a_raise_of_a_slot_that_nobody_owns_wakes_no_owner() {
    let (hub, slots) = hub(2);
    let mut owner = Task::owner(&hub, &slots[0]);
    let mut other = Task::lasting(&hub);
    assert!(owner.poll_own(&hub, 0, &slots[0], false).is_pending());
    assert!(other.poll(&hub, &slots, false).is_pending());
    hub.raise(1, &slots[1]);
    assert_eq!((owner.wakes(), other.wakes()), (0, 1));
}

#[test]
fn a_slot_that_is_disowned_goes_to_the_others() {
    let (hub, slots) = hub(1);
    let mut owner = Task::owner(&hub, &slots[0]);
    let mut other = Task::new(&hub);
    assert!(owner.poll_own(&hub, 0, &slots[0], false).is_pending());
    assert!(other.poll(&hub, &slots, false).is_pending());
    hub.raise(0, &slots[0]);
    assert_eq!((owner.wakes(), other.wakes()), (1, 0));
    hub.disown(0, &slots[0]);
    drop(owner);
    assert_eq!(other.wakes(), 1);
    assert_eq!(other.poll(&hub, &slots, false), Poll::Ready(Some(0)));
}

#[test]
fn a_closed_hub_ends_an_owner_after_what_is_ready() {
    let (hub, slots) = hub(1);
    let mut owner = Task::owner(&hub, &slots[0]);
    assert!(owner.poll_own(&hub, 0, &slots[0], false).is_pending());
    hub.raise(0, &slots[0]);
    hub.close();
    assert_eq!(owner.poll_own(&hub, 0, &slots[0], false), Poll::Ready(Some(0)));
    assert_eq!(owner.poll_own(&hub, 0, &slots[0], false), Poll::Ready(None));
}

#[test]
fn the_number_of_an_owner_makes_no_owner_of_the_next() {
    let (hub, slots) = hub(1);
    let owner = Task::owner(&hub, &slots[0]);
    hub.disown(0, &slots[0]);
    drop(owner);
    let mut next = Task::lasting(&hub);
    assert!(next.poll(&hub, &slots, false).is_pending());
    hub.raise(0, &slots[0]);
    assert_eq!(next.wakes(), 1);
}

#[test]
fn numbers_are_reused() {
    let (hub, _) = hub(1);
    let readers: Vec<_> = (0..super::READER_LIMIT).map(|_| Reader::new(&hub).unwrap()).collect();
    assert!(Reader::new(&hub).is_none());
    drop(readers);
    assert!(Reader::new(&hub).is_some());
}

#[test]
fn there_is_an_end_to_slots() {
    let (hub, _) = hub(1);
    assert!(hub.reserve(super::SLOT_LIMIT - 1) && !hub.reserve(super::SLOT_LIMIT));
}
