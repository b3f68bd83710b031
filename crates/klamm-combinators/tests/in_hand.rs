//! Messages that are done as soon as they are taken, which are noted together: nothing that happens between two of them is
//! noticed late, or takes them for more than they are.

mod common;

use std::{
    cell::RefCell,
    convert::Infallible,
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use common::script::{Line, Script, run};
use klamm_combinators::{OnPanic, Outcome, ProcessError, Record, Records, RecordsExt, Report};
use klamm_core::{
    Epoch, Message,
    contract::{Event, Lost},
};

const SECOND: Duration = Duration::from_secs(1);

type Pipeline<'p, E> = Pin<Box<dyn Future<Output = Result<Report, ProcessError<E>>> + 'p>>;

/// Runs a test under each schedule, with a script of its own.
fn under_each<E>(
    records: impl Fn(&Script) -> Records<Script>,
    handler: &impl AsyncFn(&Script, &Line) -> Result<Outcome, E>,
    test: impl Fn(&str, &Script, Pipeline<'_, E>),
) {
    for name in ["serial", "by_partition", "by_key", "unordered"] {
        let script = Script::new();
        let records = records(&script);
        let handler = async |record: &Record<'_, Line>| handler(&script, record).await;
        let pipeline: Pipeline<'_, E> = match name {
            "serial" => Box::pin(records.process(handler)),
            "by_partition" => Box::pin(records.by_partition().process(handler)),
            "by_key" => Box::pin(records.by_key(4).process(handler)),
            _ => Box::pin(records.unordered(4).process(handler)),
        };
        test(name, &script, pipeline);
    }
}

fn every(count: usize) -> impl Fn(&Script) -> Records<Script> {
    move |script| script.records().commit_every(count, SECOND)
}

#[test]
fn a_commit_is_due_with_the_message_that_it_counts() {
    under_each(every(3), &async |_, _| Ok::<_, Infallible>(Outcome::Done), |name, script, mut pipeline| {
        let epoch = Epoch::next(1);
        script.deliver(epoch, 0..10);
        assert!(run(&mut pipeline).is_none());
        let asked: Vec<i64> = script.state().commits.iter().flatten().map(|(_, offset)| *offset).collect();
        assert_eq!(asked, [3, 6, 9], "{name}");
        script.state().is_over = true;
        let report = run(&mut pipeline).unwrap().unwrap();
        assert_eq!((report.processed, report.committed), (10, 10), "{name}");
    });
}

#[test]
fn what_is_skipped_counts_as_such_and_is_committed() {
    under_each(
        every(100),
        &async |_, line| {
            Ok::<_, Infallible>(if line.offset() % 2 == 0 { Outcome::Done } else { Outcome::Skip("odd") })
        },
        |name, script, mut pipeline| {
            let epoch = Epoch::next(1);
            script.deliver(epoch, 0..7);
            script.state().is_over = true;
            let report = run(&mut pipeline).unwrap().unwrap();
            assert_eq!((report.processed, report.skipped, report.committed), (4, 3, 7), "{name}");
        },
    );
}

#[test]
fn an_event_that_comes_within_a_handler_is_heard_before_the_next_message() {
    let epoch = RefCell::new(None);
    under_each(
        every(100),
        &async |script, line| {
            if line.offset() == 3 {
                let lost = Lost { epochs: epoch.borrow().iter().copied().collect() };
                script.state().events.push_back(Event::Lost(lost));
            }
            assert!(line.offset() <= 3, "{} was started", line.offset());
            Ok::<_, Infallible>(Outcome::Done)
        },
        |name, script, mut pipeline| {
            let own = *epoch.borrow_mut().insert(Epoch::next(1));
            script.deliver(own, 0..10);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(script.asked(own), None, "{name}: it is another member's");
            script.state().is_over = true;
            assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 0, "{name}");
        },
    );
}

#[test]
fn a_handler_that_waits_ends_what_is_noted_together() {
    under_each(
        every(100),
        &async |_, line| {
            if line.offset() == 3 { pending().await } else { Ok::<_, Infallible>(Outcome::Done) }
        },
        |name, script, mut pipeline| {
            let epoch = Epoch::next(1);
            script.deliver(epoch, 0..6);
            assert!(run(&mut pipeline).is_none());
            drop(pipeline);
            assert_eq!(script.asked(epoch), Some(3), "{name}");
            assert_eq!(script.state().rewinds, [(epoch, 3)], "{name}");
        },
    );
}

#[test]
fn a_handler_that_fails_at_once_commits_what_came_before() {
    under_each(
        every(100),
        &async |_, line| if line.offset() == 3 { Err("no") } else { Ok(Outcome::Done) },
        |name, script, mut pipeline| {
            let epoch = Epoch::next(1);
            script.deliver(epoch, 0..6);
            let error = run(&mut pipeline).unwrap().unwrap_err();
            assert!(
                matches!(error, ProcessError::Handler { offset: 3, source: "no", .. }),
                "{name}: {error:?}"
            );
            assert_eq!(script.asked(epoch), Some(3), "{name}");
            drop(pipeline);
            assert_eq!(script.state().rewinds, [(epoch, 3)], "{name}");
        },
    );
}

#[test]
fn a_panic_in_hand_loses_neither_what_was_done_nor_its_message() {
    under_each(
        every(100),
        &async |_, line| {
            if line.offset() == 3 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
            Ok::<_, Infallible>(Outcome::Done)
        },
        |name, script, mut pipeline| {
            let epoch = Epoch::next(1);
            script.deliver(epoch, 0..6);
            assert!(catch_unwind(AssertUnwindSafe(|| run(&mut pipeline))).is_err());
            drop(pipeline);
            assert_eq!(script.asked(epoch), Some(3), "{name}");
            assert_eq!(script.state().rewinds, [(epoch, 3)], "{name}");
        },
    );
}

#[test]
fn a_panic_in_hand_that_is_an_error_says_where() {
    under_each(
        |script| script.records().commit_every(100, SECOND).on_panic(OnPanic::Fail),
        &async |_, line| {
            if line.offset() == 3 {
                std::panic::resume_unwind(Box::new("on purpose"));
            }
            Ok::<_, Infallible>(Outcome::Done)
        },
        |name, script, mut pipeline| {
            let epoch = Epoch::next(1);
            script.deliver(epoch, 0..6);
            let error = run(&mut pipeline).unwrap().unwrap_err();
            assert!(matches!(error, ProcessError::Panicked { offset: 3, .. }), "{name}: {error:?}");
            assert_eq!(script.asked(epoch), Some(3), "{name}");
        },
    );
}

#[test]
fn behind_a_message_that_is_not_done_nothing_is_noted_together() {
    // The first of the partition waits until the others are done.
    let is_open = RefCell::new(false);
    under_each(
        |script| script.records().commit_every(1, SECOND),
        &async |_, line| {
            if line.offset() == 0 {
                let opened = poll_fn(|_| if *is_open.borrow() { Poll::Ready(()) } else { Poll::Pending });
                opened.await;
            }
            Ok::<_, Infallible>(Outcome::Done)
        },
        |name, script, mut pipeline| {
            *is_open.borrow_mut() = false;
            let epoch = Epoch::next(1);
            script.deliver(epoch, 0..4);
            assert!(run(&mut pipeline).is_none());
            assert_eq!(script.asked(epoch), None, "{name}");
            drop(pipeline);
            assert_eq!(script.state().rewinds, [(epoch, 0)], "{name}");
        },
    );
}
