//! The marks under every interleaving.

use loom::{sync::Arc, thread};

use super::{Marks, marks::LIMIT};

/// Two acknowledge while the pipeline moves its tail: each message is passed once, and none that has no mark.
#[test]
fn loom_ack_ack_advance() {
    loom::model(|| {
        let marks = Arc::new(Marks::new());
        let others: Vec<_> = [0, 1]
            .map(|sequence| {
                let marks = Arc::clone(&marks);
                thread::spawn(move || assert!(marks.set(sequence)))
            })
            .into();
        let mut tail = marks.take_run(0, 2);
        for other in others {
            other.join().unwrap();
        }
        tail += marks.take_run(tail, 2 - tail);
        assert_eq!(tail, 2);
        assert_eq!(marks.take_run(LIMIT, 2), 0, "the next round begins without marks");
    });
}

/// A bit is given to a later message only after the tail has moved over it.
#[test]
fn loom_a_bit_is_used_again() {
    loom::model(|| {
        let marks = Arc::new(Marks::new());
        marks.set(0);
        assert_eq!(marks.take_run(0, 1), 1);
        let other = {
            let marks = Arc::clone(&marks);
            thread::spawn(move || marks.set(LIMIT))
        };
        // The neighbour's bit is cleared in the same word meanwhile.
        marks.set(1);
        assert_eq!(marks.take_run(1, 1), 1);
        other.join().unwrap();
        assert_eq!(marks.take_run(LIMIT, 1), 1);
    });
}

/// An acknowledgement either came before the end or is told that it means nothing; a pipeline that sees nobody at work any
/// more sees all marks of those who were.
#[test]
fn loom_ack_close() {
    loom::model(|| {
        let marks = Arc::new(Marks::new());
        marks.start();
        let other = {
            let marks = Arc::clone(&marks);
            thread::spawn(move || {
                let counts = marks.set(0);
                marks.stop();
                counts
            })
        };
        let is_drained = marks.running() == 0;
        let taken = marks.take_run(0, 1);
        assert!(!is_drained || taken == 1, "drained without its mark");
        marks.close();
        let counts = other.join().unwrap();
        assert!(counts || taken == 0 || !is_drained, "what was committed must have counted");
        assert!(marks.is_closed());
    });
}
