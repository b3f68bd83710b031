//! What the producer does, and what it does not let pass.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use klamm_core::{
    GroupMetadata, Position, TopicPartition,
    contract::{Delivery, ErrorClass, Outgoing, Produce, Transactions, Window},
};

use super::*;

#[test]
fn a_record_without_room_is_enqueued_when_there_is_some() {
    let producer = ScriptedProducer::new();
    producer.hold();
    producer.set_room(1);
    let (mut first, mut second) = (producer.send(Outgoing::to("a")), producer.send(Outgoing::to("b")));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.poll_enqueued(&mut context).is_ready());
    assert!(second.poll_enqueued(&mut context).is_pending());
    producer.acknowledge(0);
    assert!(second.poll_enqueued(&mut context).is_ready());
    assert_eq!(producer.enqueued(), [Outgoing::to("a"), Outgoing::to("b")]);
    producer.fail(1, ErrorClass::Refused);
    let Poll::Ready(Err(error)) = second.poll_delivered(&mut context) else { panic!("it fails") };
    assert_eq!(error.class(), ErrorClass::Refused);
    assert_eq!(error.downcast_ref::<ScriptedFailure>().unwrap().record, Outgoing::to("b"));
    drop((first, second));
    assert_eq!(producer.dropped(), 1);
}

#[test]
fn a_refused_record_is_never_enqueued() {
    let producer = ScriptedProducer::new();
    producer.refuse("a", ErrorClass::Fatal);
    let mut delivery = producer.send(Outgoing::to("a"));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Err(error)) = delivery.poll_enqueued(&mut context) else { panic!("it is refused") };
    assert!(error.is_fatal() && producer.enqueued().is_empty());
}

fn transactional() -> ScriptedProducer {
    ScriptedProducer::transactional(Window::new(10, Duration::from_secs(1)))
}

fn at(partition: i32, offset: i64) -> (TopicPartition, Position) {
    (TopicPartition::new("in", partition), Position::at(offset))
}

fn group(generation: i32) -> GroupMetadata {
    GroupMetadata::new("group", generation, "member").unwrap()
}

/// Polls an answer once.
fn look(answer: &mut ScriptedAnswer) -> Option<Result<(), ErrorClass>> {
    match Pin::new(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer.map_err(|error| error.class())),
        Poll::Pending => None,
    }
}

/// Returns what a panic says.
fn panic_of<T>(misuse: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(misuse()))).expect_err("it is not let pass");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()))
        .unwrap()
}

#[test]
fn what_is_sent_in_a_transaction_counts_when_it_is_committed() {
    let producer = transactional();
    assert_eq!(producer.transactions().unwrap().window().messages, 10);
    assert!(ScriptedProducer::new().transactions().is_none());
    drop(producer.begin());
    drop((producer.send(Outgoing::to("a")), producer.send(Outgoing::to("b"))));
    assert_eq!(look(&mut producer.send_offsets(vec![at(1, 5), at(0, 3)], group(7))), Some(Ok(())));
    assert!(producer.committed().is_empty() && producer.positions().is_empty());
    assert_eq!(look(&mut producer.commit()), Some(Ok(())));
    assert_eq!(producer.committed(), [Outgoing::to("a"), Outgoing::to("b")]);
    assert_eq!(producer.positions(), [at(0, 3), at(1, 5)].into());

    drop(producer.begin());
    drop(producer.send(Outgoing::to("c")));
    drop((producer.send_offsets(vec![at(0, 4)], group(7)), producer.abort()));
    assert_eq!((producer.committed().len(), producer.enqueued().len()), (2, 3));
    assert_eq!(producer.positions()[&at(0, 3).0].offset(), 3);
    let kinds: Vec<Call> = producer.called().iter().map(Called::call).collect();
    let [begin, offsets] = [Call::Begin, Call::SendOffsets];
    assert_eq!(kinds, [begin, offsets, Call::Commit, begin, offsets, Call::Abort]);
    let positions = vec![at(0, 3), at(1, 5)];
    assert_eq!(producer.called()[1], Called::SendOffsets { positions, generation: Some(7) });
}

#[test]
fn a_call_takes_effect_when_it_is_answered() {
    let producer = transactional();
    producer.hold_calls();
    let mut begin = producer.begin();
    assert_eq!((look(&mut begin), producer.unanswered()), (None, Some(Called::Begin)));
    assert_eq!(panic_of(|| producer.send(Outgoing::to("a"))), "a record is sent outside of a transaction");
    producer.answer();
    assert_eq!((look(&mut begin), producer.unanswered()), (Some(Ok(())), None));
    drop((producer.send(Outgoing::to("a")), producer.commit()));
    assert!(producer.committed().is_empty());
    // An abort may come at any time, and finds nothing to take back; the next may begin at once after it.
    let (mut abort, mut begin) = (producer.abort(), producer.begin());
    producer.release_calls();
    assert_eq!((look(&mut abort), producer.committed().len()), (Some(Ok(())), 1));
    assert_eq!(look(&mut begin), Some(Ok(())));
    assert_eq!(look(&mut producer.abort()), Some(Ok(())), "from here on they are answered at once");
}

#[test]
fn calls_fail_as_they_are_told_and_then_the_transaction_can_only_be_aborted() {
    let producer = transactional();
    producer.fail_next(Call::Commit, ErrorClass::Abort);
    producer.fail_next(Call::Begin, ErrorClass::Retriable);
    assert_eq!(look(&mut producer.begin()), Some(Err(ErrorClass::Retriable)));
    assert_eq!(look(&mut producer.begin()), Some(Ok(())));
    drop(producer.send(Outgoing::to("a")));
    assert_eq!(look(&mut producer.commit()), Some(Err(ErrorClass::Abort)));
    let said = panic_of(|| producer.commit());
    assert_eq!(said, "commit is called although commit has failed: the transaction can only be aborted");
    assert_eq!(look(&mut producer.abort()), Some(Ok(())));
    assert!(producer.committed().is_empty());

    producer.hold_calls();
    let mut begin = producer.begin();
    producer.fail_call(ErrorClass::Fenced);
    let Poll::Ready(Err(error)) = Pin::new(&mut begin).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it fails")
    };
    assert_eq!(error.class(), ErrorClass::Fenced);
    assert_eq!(error.downcast_ref::<FailedCall>().unwrap().call, Call::Begin);
    assert_eq!(panic_of(|| producer.begin()), "begin is called although begin has ended the producer");
    drop(producer.abort());
}

#[test]
fn calls_that_the_contract_does_not_allow_are_not_let_pass() {
    let producer = transactional();
    assert_eq!(panic_of(|| producer.commit()), "commit is called outside of a transaction");
    let said = panic_of(|| producer.send_offsets(Vec::new(), group(1)));
    assert_eq!(said, "send_offsets is called outside of a transaction");
    drop((producer.abort(), producer.begin()));
    assert_eq!(panic_of(|| producer.begin()), "begin is called within a transaction");
    let said = panic_of(|| producer.send_offsets(vec![at(0, 1), at(0, 2)], group(1)));
    assert!(said.starts_with("a partition has two positions"), "{said}");
    producer.hold_calls();
    drop(producer.send_offsets(vec![at(0, 1)], group(1)));
    assert_eq!(panic_of(|| producer.commit()), "commit is called before send_offsets is answered");
    drop(producer.abort());
    assert_eq!(panic_of(|| producer.send(Outgoing::to("a"))), "a record is sent while abort is under way");
}

#[test]
fn a_transaction_is_committed_once_its_records_are_acknowledged_and_not_before() {
    let producer = transactional();
    producer.hold();
    drop((producer.begin(), producer.send(Outgoing::to("a")), producer.send(Outgoing::to("b"))));
    producer.acknowledge(0);
    assert_eq!(producer.waiting(), [1]);
    assert_eq!(panic_of(|| producer.commit()), "commit is called although 1 records are not acknowledged");
    producer.acknowledge(1);
    producer.hold_calls();
    drop(producer.commit());
    let said = panic_of(|| producer.send(Outgoing::to("c")));
    assert_eq!(said, "a record is sent while commit is under way");
    producer.answer();
    assert_eq!(producer.committed().len(), 2);
}

#[test]
fn records_under_way_are_given_up_with_their_transaction() {
    let producer = transactional();
    producer.hold();
    producer.set_room(1);
    drop(producer.begin());
    let (mut enqueued, mut waiting) = (producer.send(Outgoing::to("a")), producer.send(Outgoing::to("b")));
    let mut context = Context::from_waker(Waker::noop());
    assert!(enqueued.poll_delivered(&mut context).is_pending());
    drop((producer.abort(), producer.begin()));
    let Poll::Ready(Err(error)) = enqueued.poll_delivered(&mut context) else { panic!("it is given up") };
    assert_eq!(error.class(), ErrorClass::Abort);
    let said = panic_of(|| waiting.poll_enqueued(&mut context).is_ready());
    assert!(said.contains("a record that waited for room is enqueued in another transaction"), "{said}");
}
