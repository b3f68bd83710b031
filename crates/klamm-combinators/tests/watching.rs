//! Stuck messages, panics, and what an observer sees, against a source that does what the test says, in a time that the test moves.

mod common;

use std::{
    future::pending,
    pin::pin,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use common::{
    Fine,
    script::{Script, run},
};
use klamm_combinators::{
    OnPanic, Outcome, ProcessError, RecordsExt, Stall,
    observe::{CommitAnswered, Observer, Progress, Revoke, Stalled},
};
use klamm_core::{
    Epoch, ErrorCode, Message, TopicPartition,
    contract::{CommitResult, Event, Lost},
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_stall_watch_names_the_message_once() {
    #[derive(Default)]
    struct Watch(Arc<Mutex<Vec<(TopicPartition, i64, Duration)>>>);
    impl Observer for Watch {
        fn stalled(&mut self, stalled: &Stalled<'_>) {
            self.0.lock().unwrap().push((stalled.partition.clone(), stalled.offset, stalled.age));
        }
    }
    let (script, epoch) = (Script::new(), Epoch::next(3));
    let watch = Watch::default();
    let seen = Arc::clone(&watch.0);
    let mut pipeline =
        Box::pin(script.records().unordered(4).stall_after(SECOND * 8, Stall::Warn).observe(watch).process(
            async |message| {
                if message.offset() == 41 {
                    pending::<()>().await;
                }
                Fine::Ok(())
            },
        ));
    script.deliver(epoch, 40..43);
    for passed in 0..30 {
        assert!(run(&mut pipeline).is_none());
        let seen = seen.lock().unwrap();
        match passed {
            0..8 => assert!(seen.is_empty(), "after {passed} s: {seen:?}"),
            8..=10 => {}
            _ => assert_eq!(seen.len(), 1, "{seen:?}"),
        }
        drop(seen);
        script.pass(SECOND);
    }
    let seen = seen.lock().unwrap();
    let (partition, offset, age) = &seen[0];
    assert_eq!((partition, *offset), (&TopicPartition::new("script", 3), 41));
    assert!(*age >= SECOND * 8 && *age <= SECOND * 10, "{age:?}");
}

#[test]
fn a_partition_that_is_stuck_is_given_up_and_the_others_go_on() {
    let (script, stuck, kept) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let mut pipeline = Box::pin(
        script
            .records()
            .unordered(4)
            .commit_every(1, SECOND)
            .stall_after(SECOND, Stall::FailPartition)
            .process(async |message| {
                if (message.epoch(), message.offset()) == (stuck, 1) {
                    pending::<()>().await;
                }
                Fine::Ok(())
            }),
    );
    script.deliver(stuck, 0..4);
    for _ in 0..8 {
        assert!(run(&mut pipeline).is_none());
        script.pass(SECOND / 4);
    }
    script.deliver(stuck, 4..6);
    script.deliver(kept, 0..6);
    assert!(run(&mut pipeline).is_none());
    assert_eq!((script.asked(stuck), script.asked(kept)), (Some(1), Some(6)));
    // It is left at once, with nothing to wait for.
    let is_released = script.revoke(vec![stuck], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    assert!(is_released.load(Ordering::Relaxed));
    assert_eq!(script.state().messages.len(), 2, "nothing more of it is taken");
    script.state().messages.clear();
    script.state().is_over = true;
    assert_eq!(run(&mut pipeline).unwrap().unwrap().abandoned, 1);
}

#[test]
fn a_pipeline_that_is_stuck_leaves() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline = Box::pin(script.records().stall_after(SECOND, Stall::Leave).process(async |_| {
        pending::<()>().await;
        Fine::Ok(())
    }));
    script.deliver(epoch, [7]);
    let mut ended = None;
    for _ in 0..8 {
        ended = run(&mut pipeline);
        if ended.is_some() {
            break;
        }
        script.pass(SECOND / 4);
    }
    let error = ended.expect("it leaves").unwrap_err();
    assert!(matches!(&error, ProcessError::Stalled { offset: 7, .. }), "{error:?}");
    assert_eq!(script.state().rewinds, [(epoch, 7)]);
}

#[test]
fn what_is_skipped_is_committed_and_counted_apart() {
    #[derive(Default)]
    struct Reasons(Arc<Mutex<Vec<&'static str>>>);
    impl Observer for Reasons {
        fn skipped(&mut self, reason: &'static str) {
            self.0.lock().unwrap().push(reason);
        }
    }
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let reasons = Reasons::default();
    let seen = Arc::clone(&reasons.0);
    let mut pipeline = Box::pin(script.records().observe(reasons).process(async |message| {
        Ok::<_, std::io::Error>(if message.offset() % 2 == 0 { Outcome::Done } else { Outcome::Skip("odd") })
    }));
    script.deliver(epoch, 0..5);
    script.state().is_over = true;
    let report = run(&mut pipeline).unwrap().unwrap();
    assert_eq!((report.processed, report.skipped, report.committed), (3, 2, 5));
    assert_eq!(*seen.lock().unwrap(), ["odd", "odd"]);
}

#[test]
fn an_observer_sees_all_that_a_dashboard_shows() {
    #[derive(Default)]
    struct Log(Arc<Mutex<Vec<String>>>);
    impl Log {
        fn add(&self, line: String) {
            self.0.lock().unwrap().push(line);
        }
    }
    impl Observer for Log {
        fn assigned(&mut self, partitions: &[TopicPartition]) {
            self.add(format!("assigned {partitions:?}"));
        }
        fn progress(&mut self, progress: &Progress<'_>) {
            let watermark = progress.watermark.map(klamm_core::Position::offset);
            self.add(format!(
                "{} at {watermark:?}, {} behind, {} running, oldest {:?}",
                progress.partition, progress.behind, progress.running, progress.oldest
            ));
        }
        fn committed(&mut self, commit: &CommitAnswered) {
            assert_eq!(commit.latency, Duration::ZERO);
            self.add(format!("{:?}: {} messages of {}", commit.class, commit.messages, commit.partitions));
        }
        fn revoked(&mut self, revoke: &Revoke<'_>) {
            self.add(format!("held {:?}, committed: {}", revoke.held, revoke.is_committed));
        }
        fn lost(&mut self, epochs: &[Epoch]) {
            self.add(format!("lost {}", epochs.len()));
        }
    }
    let (script, epoch, lost) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let log = Log::default();
    let seen = Arc::clone(&log.0);
    let mut pipeline = Box::pin(
        script.records().unordered(9).commit_every(2, SECOND * 60).observe(log).process(async |message| {
            if message.offset() == 2 {
                message.revoked().await;
            }
            Fine::Ok(())
        }),
    );
    script.assign(epoch);
    script.deliver(epoch, 0..4);
    assert!(run(&mut pipeline).is_none());
    script.pass(SECOND * 100);
    assert!(run(&mut pipeline).is_none());
    script.state().answers.push_back(|_| CommitResult::Retriable(ErrorCode::NOT_COORDINATOR));
    let _is_released = script.revoke(vec![epoch], SECOND * 150);
    assert!(run(&mut pipeline).is_none());
    script.pass(SECOND);
    assert!(run(&mut pipeline).is_none());
    script.state().events.push_back(Event::Lost(Lost { epochs: vec![lost] }));
    assert!(run(&mut pipeline).is_none());
    let seen = seen.lock().unwrap();
    let expected = [
        "assigned [TopicPartition { topic: \"script\", partition: 1 }]",
        "Committed: 2 messages of 1",
        "script[1] at Some(2), 0 behind, 0 running, oldest None",
        "script[1] at Some(2), 2 behind, 1 running, oldest Some((2, 0ns))",
        "Retriable: 0 messages of 1",
        "script[1] at Some(4), 0 behind, 0 running, oldest None",
        "Committed: 2 messages of 1",
        "script[1] at Some(4), 0 behind, 0 running, oldest None",
        "held 1s, committed: true",
        "lost 1",
    ];
    assert_eq!(*seen, expected, "{seen:#?}");
}

#[test]
fn a_panic_is_an_error_if_that_is_asked_for() {
    let (script, epoch) = (Script::new(), Epoch::next(1));
    let mut pipeline =
        Box::pin(script.records().unordered(4).on_panic(OnPanic::Fail).process(async |message| {
            assert!(message.offset() != 2, "two is too much");
            Fine::Ok(())
        }));
    script.deliver(epoch, 0..5);
    let error = run(&mut pipeline).expect("it stops").unwrap_err();
    let ProcessError::Panicked { partition, offset, message } = error else { panic!("{error:?}") };
    assert_eq!((partition, offset), (TopicPartition::new("script", 1), 2));
    assert!(message.contains("two is too much"), "{message}");
    assert_eq!(script.asked(epoch), Some(2));
    assert_eq!(script.state().rewinds, [(epoch, 2)]);
}

#[test]
fn a_panic_goes_on_and_leaves_its_message_undone() {
    for at in [0, 1] {
        let (script, epoch) = (Script::new(), Epoch::next(1));
        let pipeline = Box::pin(script.records().process(async |message| {
            assert!(message.offset() != at, "enough");
            Fine::Ok(())
        }));
        script.deliver(epoch, 0..5);
        let pipeline = std::panic::AssertUnwindSafe(pipeline);
        let panic = std::panic::catch_unwind(move || run(&mut { pipeline }.0).is_some()).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"enough"));
        assert_eq!(script.asked(epoch), (at > 0).then_some(at));
        assert_eq!(script.state().rewinds, [(epoch, at)]);
    }
}

#[test]
fn a_log_read_to_its_end_shows_no_lag() {
    let (script, epoch, aborted) = (Script::new(), Epoch::next(1), Epoch::next(2));
    let mut pipeline = pin!(script.records().commit_every(1_000, SECOND).process(async |_| Fine::Ok(())));
    script.assign(epoch);
    script.assign(aborted);
    script.deliver(epoch, 0..3);
    assert!(run(&mut pipeline).is_none());
    // A transaction's marker behind the messages, and nothing but aborted ones in the other partition.
    script.state().rests.extend([(epoch, 4), (aborted, 10)]);
    script.state().has_passed_over = true;
    for _ in 0..3 {
        script.pass(SECOND);
        assert!(run(&mut pipeline).is_none());
    }
    assert_eq!((script.asked(epoch), script.asked(aborted)), (Some(4), Some(10)));
    let commits = script.state().commits.len();
    for _ in 0..10 {
        script.pass(SECOND);
        assert!(run(&mut pipeline).is_none());
    }
    assert_eq!(script.state().commits.len(), commits, "nothing is left to say");
    script.state().is_over = true;
    assert_eq!(run(&mut pipeline).unwrap().unwrap().committed, 3);
}
