//! The tracker against an oracle.

use std::collections::{BTreeSet, HashSet};

use klamm_core::{Epoch, OwnedMessage, Position, TopicPartition};
use proptest::prelude::*;

use super::{LIMIT, Window};

fn message(offset: i64) -> OwnedMessage {
    OwnedMessage::builder("t").offset(offset).build()
}

fn window() -> Window {
    Window::new(Epoch::next(0), TopicPartition::new("t", 0))
}

/// What a tracker with a tree would say: the last message of the prefix without a gap.
fn oracle(started: &[i64], done: &BTreeSet<i64>) -> Option<i64> {
    started.iter().take_while(|offset| done.contains(offset)).last().copied()
}

#[test]
fn a_gap_holds_the_watermark() {
    let mut window = window();
    // Offsets with gaps, as compaction leaves them.
    let tickets = [3, 4, 9, 10].map(|offset| window.admit(&message(offset), 0));
    window.settle(tickets[1]);
    assert_eq!(window.send(), None);
    window.settle(tickets[0]);
    assert_eq!(window.send().map(Position::offset), Some(5));
    window.settle(tickets[3]);
    assert_eq!(window.send(), None);
    assert_eq!(window.unsettled().map(Position::offset), Some(9));
    window.settle(tickets[2]);
    assert_eq!(window.send().map(Position::offset), Some(11));
    assert_eq!((window.len(), window.committed()), (0, 4));
}

#[test]
fn what_was_refused_is_sent_again() {
    let mut window = window();
    let ticket = window.admit(&message(0), 0);
    window.settle(ticket);
    assert!(window.send().is_some() && window.send().is_none());
    window.refused();
    assert!(!window.is_committed() && window.send().is_some());
    assert_eq!(window.committed(), 1);
    assert!(window.is_committed());
}

#[test]
fn a_partition_rests_behind_what_is_never_delivered() {
    let mut window = window();
    let ticket = window.admit(&message(7), 0);
    window.rest_at(Position::at(9));
    assert_eq!(window.watermark(), None, "a message is under way");
    window.settle(ticket);
    assert_eq!(window.send().map(Position::offset), Some(9));
    let ticket = window.admit(&message(12), 0);
    assert_eq!(window.send(), None, "what was sent is not sent again, nor anything below it");
    window.settle(ticket);
    assert_eq!(window.send().map(Position::offset), Some(13));
}

#[test]
fn after_a_restart_old_acknowledgements_mean_nothing() {
    let mut window = window();
    let old: Vec<u64> = (0..4).map(|offset| window.admit(&message(offset), 0)).collect();
    let marks = window.marks().clone();
    window.settle(old[0]);
    assert_eq!(window.send().map(Position::offset), Some(1));
    window.restart();
    assert!(!marks.set(old[1]), "it is stale");
    window.settle(old[2]);
    let new: Vec<u64> = (1..4).map(|offset| window.admit(&message(offset), 0)).collect();
    assert!(old.iter().all(|sequence| !new.contains(sequence)));
    assert_eq!((window.advance(), window.send()), (0, None));
    window.settle(new[0]);
    assert_eq!(window.send().map(Position::offset), Some(2));
    assert_eq!(window.committed(), 2);
}

#[test]
fn marks_come_from_any_thread() {
    let mut window = window();
    let sequences: Vec<u64> = (0..1_000).map(|offset| window.admit(&message(offset), 0)).collect();
    let marks = window.marks();
    std::thread::scope(|scope| {
        for half in [0, 1] {
            let own = sequences.iter().filter(move |sequence| *sequence % 2 == half);
            scope.spawn(move || own.for_each(|sequence| assert!(marks.set(*sequence))));
        }
    });
    assert_eq!(window.advance(), 1_000);
    assert_eq!(window.send().map(Position::offset), Some(1_000));
}

proptest! {
    #[test]
    fn the_watermark_is_the_oracles(
        gaps in prop::collection::vec(1..5_i64, 1..400),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<bool>()), 0..800),
    ) {
        let mut window = window();
        let (mut started, mut done) = (Vec::new(), BTreeSet::new());
        let mut open = Vec::new();
        let mut gaps = gaps.into_iter();
        let (mut offset, mut watermark) = (0, None);
        for (pick, start, is_elsewhere) in picks {
            if start || open.is_empty() {
                let Some(gap) = gaps.next() else { continue };
                offset += gap;
                started.push(offset);
                open.push((offset, window.admit(&message(offset), 0)));
            } else {
                let (offset, sequence) = open.swap_remove(pick.index(open.len()));
                if is_elsewhere {
                    prop_assert!(window.marks().set(sequence));
                    window.advance();
                } else {
                    window.settle(sequence);
                }
                done.insert(offset);
            }
            watermark = window.send().map(Position::offset).or(watermark);
            prop_assert_eq!(watermark, oracle(&started, &done).map(|offset| offset + 1));
            let oldest = started.iter().find(|offset| !done.contains(offset)).copied();
            prop_assert_eq!(window.unsettled().map(Position::offset), oldest);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Sequence numbers that meet in one bit, over many times what the marks hold.
    #[test]
    fn bits_are_used_again(picks in prop::collection::vec(any::<prop::sample::Index>(), 1..12)) {
        let mut window = window();
        let mut open = Vec::new();
        let (mut offset, mut settled) = (0, HashSet::new());
        for pick in picks {
            while (open.len() as u64) < LIMIT && window.len() < LIMIT {
                open.push((offset, window.admit(&message(offset), 0)));
                offset += 1;
            }
            // All but one, which keeps its bit until the next round.
            let kept = open.swap_remove(pick.index(open.len()));
            for (offset, sequence) in open.drain(..) {
                window.settle(sequence);
                prop_assert!(settled.insert(offset));
            }
            open.push(kept);
            let (oldest, _) = open[0];
            prop_assert_eq!(window.unsettled().map(Position::offset), Some(oldest));
            window.settle(open.remove(0).1);
            prop_assert!(settled.insert(oldest));
            prop_assert_eq!((window.len(), window.watermark().map(Position::offset)), (0, Some(offset)));
        }
    }
}
