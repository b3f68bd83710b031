//! Which messages wait for each other, against a source that does what the test says.

mod common;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    future::poll_fn,
    task::Poll,
    time::Duration,
};

use common::{
    Fine,
    script::{Script, run},
};
use klamm_combinators::{Limits, NullKeys, OnRevoke, RecordsExt};
use klamm_core::{Epoch, Message};
use proptest::prelude::*;

/// The handlers that run, by message; each ends when it is told to.
#[derive(Default)]
struct Gates {
    running: RefCell<BTreeMap<(usize, i64), std::task::Waker>>,
    open: RefCell<BTreeSet<(usize, i64)>>,
    ended: RefCell<Vec<(usize, i64)>>,
}

impl Gates {
    /// Runs until the gate is opened.
    async fn pass(&self, message: &impl Message) {
        let place = (message.epoch().slot(), message.offset());
        poll_fn(|cx| {
            if self.open.borrow().contains(&place) {
                return Poll::Ready(());
            }
            self.running.borrow_mut().insert(place, cx.waker().clone());
            Poll::Pending
        })
        .await;
        self.running.borrow_mut().remove(&place);
        self.ended.borrow_mut().push(place);
    }

    fn open(&self, slot: usize, offset: i64) {
        self.open.borrow_mut().insert((slot, offset));
        if let Some(waker) = self.running.borrow().get(&(slot, offset)) {
            waker.wake_by_ref();
        }
    }

    fn running(&self) -> Vec<(usize, i64)> {
        self.running.borrow().keys().copied().collect()
    }
}

#[test]
fn one_message_of_a_partition_runs_at_a_time_and_the_partitions_at_once() {
    let (script, gates) = (Script::new(), Gates::default());
    let epochs: Vec<Epoch> = (1..=100).map(Epoch::next).collect();
    let mut pipeline = Box::pin(script.records().by_partition().process(async |message| {
        gates.pass(message).await;
        Fine::Ok(())
    }));
    for epoch in &epochs {
        script.deliver(*epoch, 0..3);
    }
    assert!(run(&mut pipeline).is_none());
    assert_eq!(gates.running(), (1..=100).map(|slot| (slot, 0)).collect::<Vec<_>>());
    gates.open(7, 0);
    gates.open(7, 1);
    assert!(run(&mut pipeline).is_none());
    assert!(gates.running().contains(&(7, 2)) && gates.running().len() == 100);
    script.state().is_over = true;
    for slot in 1..=100 {
        (0..3).for_each(|offset| gates.open(slot, offset));
    }
    assert!(run(&mut pipeline).is_some());
}

#[test]
fn one_message_of_a_key_runs_at_a_time() {
    let (script, gates) = (Script::new(), Gates::default());
    let (one, two) = (Epoch::next(1), Epoch::next(2));
    let mut pipeline = Box::pin(script.records().by_key(10).process(async |message| {
        gates.pass(message).await;
        Fine::Ok(())
    }));
    script.deliver_keyed(one, 0, "a");
    script.deliver_keyed(one, 1, "b");
    script.deliver_keyed(one, 2, "a");
    script.deliver_keyed(one, 3, "");
    script.deliver_keyed(one, 4, "");
    script.deliver_keyed(two, 0, "a");
    assert!(run(&mut pipeline).is_none());
    assert_eq!(gates.running(), [(1, 0), (1, 1), (1, 3), (2, 0)], "the same key elsewhere is another");
    gates.open(1, 0);
    gates.open(1, 3);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(gates.running(), [(1, 1), (1, 2), (1, 4), (2, 0)]);
    drop(pipeline);
}

#[test]
fn messages_without_a_key_are_handled_as_the_policy_says() {
    for (null_keys, at_once) in [(NullKeys::Unordered, 5), (NullKeys::ByPartition, 1)] {
        let (script, gates, epoch) = (Script::new(), Gates::default(), Epoch::next(1));
        let mut pipeline =
            Box::pin(script.records().by_key(10).null_keys(null_keys).process(async |message| {
                gates.pass(message).await;
                Fine::Ok(())
            }));
        script.deliver(epoch, 0..5);
        assert!(run(&mut pipeline).is_none());
        assert_eq!(gates.running().len(), at_once, "{null_keys:?}");
        drop(pipeline);
    }
}

#[test]
fn what_waits_before_one_that_was_started_is_done_before_the_partition_goes() {
    let (script, gates, epoch) = (Script::new(), Gates::default(), Epoch::next(1));
    let mut pipeline = Box::pin(script.records().by_key(10).process(async |message| {
        gates.pass(message).await;
        Fine::Ok(())
    }));
    // The second waits for the first, the third is started; what comes after it is not.
    for (offset, key) in [(0, "a"), (1, "a"), (2, "b"), (3, "a"), (4, "b")] {
        script.deliver_keyed(epoch, offset, key);
    }
    assert!(run(&mut pipeline).is_none());
    gates.open(1, 2);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(gates.running(), [(1, 0), (1, 4)]);
    let is_released = script.revoke(vec![epoch], Duration::from_secs(150));
    (0..5).for_each(|offset| gates.open(1, offset));
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(std::sync::atomic::Ordering::Relaxed));
    assert_eq!(script.asked(epoch), Some(5), "nothing that was done is done again");
}

#[test]
fn behind_a_message_that_failed_nothing_of_its_key_is_started() {
    let (script, gates, epoch) = (Script::new(), Gates::default(), Epoch::next(1));
    let mut pipeline = Box::pin(script.records().by_key(10).process(async |message| {
        gates.pass(message).await;
        if message.offset() == 0 { Err("the first") } else { Ok(()) }
    }));
    for (offset, key) in [(0, "a"), (1, "a"), (2, "b"), (3, "b"), (4, "c")] {
        script.deliver_keyed(epoch, offset, key);
    }
    assert!(run(&mut pipeline).is_none());
    (0..5).for_each(|offset| gates.open(1, offset));
    run(&mut pipeline).expect("it stops").unwrap_err();
    let ended: BTreeSet<i64> = gates.ended.borrow().iter().map(|place| place.1).collect();
    assert!(!ended.contains(&1), "of the same key, and behind: {ended:?}");
    assert_eq!(script.asked(epoch), None);
    assert_eq!(script.state().rewinds, [(epoch, 0)]);
}

#[test]
fn what_waits_for_its_turn_is_not_started_after_a_revoke_nor_waited_for() {
    let (script, gates) = (Script::new(), Gates::default());
    let (old, kept) = (Epoch::next(1), Epoch::next(2));
    let mut pipeline = Box::pin(script.records().by_key(10).process(async |message| {
        gates.pass(message).await;
        Fine::Ok(())
    }));
    for offset in 0..4 {
        script.deliver_keyed(old, offset, "a");
        script.deliver_keyed(kept, offset, "a");
    }
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![old], Duration::from_secs(150));
    gates.open(1, 0);
    gates.open(2, 0);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(gates.running(), [(2, 1)]);
    assert!(is_released.load(std::sync::atomic::Ordering::Relaxed));
    assert_eq!(script.asked(old), Some(1));
    (1..4).for_each(|offset| gates.open(2, offset));
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.committed, script.asked(kept)), (5, 5, Some(4)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Lanes against a sequential oracle: in each lane messages end in the order they came in, no two run at once, and in
    /// the end everything is done and committed, whatever the order in which handlers end.
    #[test]
    fn lanes_are_sequential(
        keys in prop::collection::vec((1..4_u32, 0..4_usize), 1..120),
        at_once in 1..9_usize,
        held in 2..40_usize,
        by_partition: bool,
        picks in prop::collection::vec(any::<prop::sample::Index>(), 130),
    ) {
        const KEYS: [&str; 4] = ["a", "b", "c", "d"];
        let (script, gates) = (Script::new(), Gates::default());
        let epochs: Vec<Epoch> = (0..4).map(Epoch::next).collect();
        let limits = Limits::default().records(held).per_partition(held);
        let handler = async |message: &klamm_combinators::Record<'_, _>| {
            gates.pass(message).await;
            Fine::Ok(())
        };
        let mut lanes = HashMap::<(usize, i64), (usize, usize)>::new();
        let mut next = [0_i64; 4];
        for (slot, key) in keys {
            let slot = slot as usize;
            script.deliver_keyed(epochs[slot], next[slot], KEYS[key]);
            lanes.insert((slot, next[slot]), (slot, if by_partition { 0 } else { key }));
            next[slot] += 1;
        }
        script.state().is_over = true;
        let records = script.records().limits(limits);
        let mut pipeline: std::pin::Pin<Box<dyn Future<Output = _>>> = if by_partition {
            Box::pin(records.by_partition().process(handler))
        } else {
            Box::pin(records.by_key(at_once).process(handler))
        };
        let mut picks = picks.into_iter();
        let report = loop {
            if let Some(report) = run(&mut pipeline) {
                break report.unwrap();
            }
            let running = gates.running();
            prop_assert!(!running.is_empty(), "nothing runs and nothing ends");
            prop_assert!(by_partition || running.len() <= at_once);
            let busy: BTreeSet<_> = running.iter().map(|place| lanes[place]).collect();
            prop_assert_eq!(busy.len(), running.len(), "two of one lane run at once");
            let (slot, offset) = running[picks.next().unwrap().index(running.len())];
            gates.open(slot, offset);
        };
        let mut last = HashMap::new();
        for place in gates.ended.borrow().iter() {
            let before = last.insert(lanes[place], place.1);
            prop_assert!(before.is_none_or(|before| before < place.1), "out of order");
        }
        prop_assert_eq!((report.processed, report.committed), (lanes.len() as u64, lanes.len() as u64));
        for (slot, next) in next.into_iter().enumerate().filter(|(_, next)| *next > 0) {
            prop_assert_eq!(script.asked(epochs[slot]), Some(next));
        }
    }
}

#[test]
fn a_handler_that_was_let_go_of_stands_in_the_way_of_no_later_assignment() {
    let (script, gates) = (Script::new(), Gates::default());
    let (old, new) = (Epoch::next(1), Epoch::next(1));
    let records =
        script.records().by_partition().on_revoke(OnRevoke::Detach).commit_every(1, Duration::from_secs(1));
    let mut pipeline = Box::pin(records.process(async |message| {
        if message.epoch() == old {
            gates.pass(message).await;
            return Err("too late to matter");
        }
        Ok(())
    }));
    script.deliver(old, [0]);
    assert!(run(&mut pipeline).is_none());
    let is_released = script.revoke(vec![old], Duration::from_secs(10));
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(std::sync::atomic::Ordering::Relaxed));
    script.deliver(new, 1..4);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(new), Some(4), "the same slot, and another lane");
    gates.open(1, 0);
    assert!(run(&mut pipeline).is_none(), "what it came to is nobody's business");
    script.deliver(new, [4]);
    assert!(run(&mut pipeline).is_none());
    assert_eq!(script.asked(new), Some(5));
}
