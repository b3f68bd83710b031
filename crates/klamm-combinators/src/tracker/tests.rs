//! The tracker against an oracle.

use std::collections::BTreeSet;

use klamm_core::{Epoch, OwnedMessage, Position};
use proptest::prelude::*;

use super::{Ticket, Window};

fn message(offset: i64) -> OwnedMessage {
    OwnedMessage::builder("t").offset(offset).build()
}

/// What a tracker with a tree would say: the last message of the prefix without a gap.
fn oracle(started: &[i64], done: &BTreeSet<i64>) -> Option<i64> {
    started.iter().take_while(|offset| done.contains(offset)).last().copied()
}

#[test]
fn a_gap_holds_the_watermark() {
    let mut window = Window::new(Epoch::next(0));
    // Offsets with gaps, as compaction leaves them.
    let tickets: Vec<Ticket> = [3, 4, 9, 10].map(|offset| window.start(&message(offset))).into();
    window.settle(tickets[1]);
    assert_eq!(window.send(), None);
    window.settle(tickets[0]);
    assert_eq!(window.send().map(Position::offset), Some(5));
    window.settle(tickets[3]);
    assert_eq!(window.send(), None);
    assert_eq!(window.unsettled().map(Position::offset), Some(9));
    window.settle(tickets[2]);
    assert_eq!(window.send().map(Position::offset), Some(11));
    assert_eq!((window.running(), window.len(), window.committed()), (0, 0, 4));
}

#[test]
fn what_was_refused_is_sent_again() {
    let mut window = Window::new(Epoch::next(0));
    let ticket = window.start(&message(0));
    window.settle(ticket);
    assert!(window.send().is_some() && window.send().is_none());
    window.refused();
    assert!(!window.is_committed() && window.send().is_some());
    assert_eq!(window.committed(), 1);
    assert!(window.is_committed());
}

proptest! {
    #[test]
    fn the_watermark_is_the_oracles(
        gaps in prop::collection::vec(1..5_i64, 1..400),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..800),
    ) {
        let mut window = Window::new(Epoch::next(0));
        let (mut started, mut done) = (Vec::new(), BTreeSet::new());
        let mut open = Vec::new();
        let mut gaps = gaps.into_iter();
        let (mut offset, mut watermark) = (0, None);
        for (pick, start) in picks {
            if start || open.is_empty() {
                let Some(gap) = gaps.next() else { continue };
                offset += gap;
                started.push(offset);
                open.push((offset, window.start(&message(offset))));
            } else {
                let (offset, ticket) = open.swap_remove(pick.index(open.len()));
                window.settle(ticket);
                done.insert(offset);
            }
            watermark = window.send().map(Position::offset).or(watermark);
            prop_assert_eq!(watermark, oracle(&started, &done).map(|offset| offset + 1));
            prop_assert_eq!(window.running(), open.len() as u64);
            let oldest = started.iter().find(|offset| !done.contains(offset)).copied();
            prop_assert_eq!(window.unsettled().map(Position::offset), oldest);
        }
    }
}
