//! The pool under every interleaving.

use std::task::{Context, Poll};

use loom::{
    future::block_on,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::Credits;
use crate::Limits;

/// A pipeline that waits for a credit is woken by the one who gives it back, on whatever thread.
#[test]
fn loom_give_take() {
    loom::model(|| {
        let credits = Arc::new(Credits::new());
        let limits = Limits::default().records(1);
        credits.take(10);
        let other = {
            let credits = Arc::clone(&credits);
            thread::spawn(move || credits.give(10))
        };
        block_on(std::future::poll_fn(|cx| credits.poll_left(&limits, cx)));
        credits.take(5);
        other.join().unwrap();
        assert_eq!(credits.records(), 1);
        credits.give(5);
        assert_eq!(credits.records(), 0);
    });
}

/// Two give back while the pipeline waits for both, as it does when it shuts down.
#[test]
fn loom_give_give_shutdown() {
    loom::model(|| {
        let credits = Arc::new(Credits::new());
        let is_stopping = Arc::new(AtomicBool::new(false));
        credits.take(1);
        credits.take(1);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (credits, is_stopping) = (Arc::clone(&credits), Arc::clone(&is_stopping));
                thread::spawn(move || {
                    is_stopping.store(true, Ordering::Relaxed);
                    credits.give(1);
                })
            })
            .collect();
        let drained = |cx: &mut Context<'_>| {
            credits.watch(cx);
            if credits.records() == 0 { Poll::Ready(()) } else { Poll::Pending }
        };
        block_on(std::future::poll_fn(drained));
        for other in others {
            other.join().unwrap();
        }
        assert!(credits.is_left(&Limits::default()) && is_stopping.load(Ordering::Relaxed));
    });
}
