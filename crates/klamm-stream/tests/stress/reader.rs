//! A reader on a thread of its own: an executor that knows when it is parked, and stops when it is told.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    thread,
};

use futures::Stream;
use klamm_core::{BorrowedMessage, Error, SharedMessage};
use klamm_stream::{Consumer, MessageStream, PartitionStream, Partitions, Recv, SharedMessageStream};

use crate::{
    log::Log,
    schedule::Kind,
    seat::{Alarm, Rest, Seat},
};

/// What is polled.
enum Source<'c> {
    Stream(MessageStream<'c>),
    Batch(MessageStream<'c>),
    Shared(SharedMessageStream),
    Recv(&'c Consumer, Option<Recv<'c>>),
    Partitions(Partitions),
    Partition(PartitionStream),
}

struct Task<'c> {
    source: Source<'c>,
    alarm: Arc<Alarm>,
    waker: Waker,
    /// Its last poll came to nothing.
    has_waited: bool,
}

/// What a poll came to.
enum Turn {
    Pending,
    Ready,
    New(PartitionStream),
    End,
}

impl<'c> Task<'c> {
    fn new(source: Source<'c>, seat: &Arc<Seat>) -> Self {
        let alarm = Alarm::new(seat);
        let waker = Waker::from(Arc::clone(&alarm));
        Self { source, alarm, waker, has_waited: false }
    }

    /// Polls once, and delivers what comes of it.
    fn poll(&mut self, seat: &Seat, log: &Log, lane: usize) -> Result<Turn, Error> {
        let cx = &mut Context::from_waker(&self.waker);
        let begin = log.clock.now();
        seat.polls.fetch_add(1, Ordering::Relaxed);
        Ok(match &mut self.source {
            Source::Stream(stream) => match Pin::new(stream).poll_next(cx) {
                Poll::Pending => Turn::Pending,
                Poll::Ready(None) => Turn::End,
                Poll::Ready(Some(message)) => {
                    log.deliver(message?, lane, begin, BorrowedMessage::share);
                    Turn::Ready
                }
            },
            Source::Batch(stream) => match Pin::new(&mut stream.next_batch()).poll(cx) {
                Poll::Pending => return Ok(Turn::Pending),
                Poll::Ready(None) => return Ok(Turn::End),
                Poll::Ready(Some(batch)) => {
                    let mut batch = batch?;
                    while seat.may_take() {
                        let begin = log.clock.now();
                        let Some(message) = batch.next() else { break };
                        log.deliver(message, lane, begin, BorrowedMessage::share);
                        seat.take_allowance();
                    }
                    return Ok(Turn::Ready);
                }
            },
            Source::Shared(stream) => shared(Pin::new(stream).poll_next(cx)?, log, lane, begin),
            Source::Partition(stream) => shared(Pin::new(stream).poll_next(cx)?, log, lane, begin),
            Source::Recv(consumer, waiting) => {
                if seat.kind == Kind::RecvAnew {
                    *waiting = None;
                }
                match Pin::new(waiting.get_or_insert_with(|| consumer.recv())).poll(cx) {
                    Poll::Pending => Turn::Pending,
                    Poll::Ready(message) => {
                        *waiting = None;
                        log.deliver(message?, lane, begin, BorrowedMessage::share);
                        Turn::Ready
                    }
                }
            }
            Source::Partitions(partitions) => match Pin::new(partitions).poll_next(cx)? {
                Poll::Pending => Turn::Pending,
                Poll::Ready(None) => Turn::End,
                Poll::Ready(Some(stream)) => Turn::New(stream),
            },
        })
    }
}

fn shared(poll: Poll<Option<SharedMessage>>, log: &Log, lane: usize, begin: u64) -> Turn {
    match poll {
        Poll::Pending => Turn::Pending,
        Poll::Ready(None) => Turn::End,
        Poll::Ready(Some(message)) => {
            log.deliver(message, lane, begin, |message| message);
            Turn::Ready
        }
    }
}

/// Reads until it is told to end.
pub(crate) fn read(consumer: &Consumer, seat: &Arc<Seat>, log: &Log, lane: usize) {
    seat.sit();
    let first = match seat.kind {
        Kind::Stream => Source::Stream(consumer.stream()),
        Kind::Batch => Source::Batch(consumer.stream()),
        Kind::Shared => Source::Shared(consumer.clone().into_stream()),
        Kind::Recv | Kind::RecvAnew => Source::Recv(consumer, None),
        Kind::Partitions => Source::Partitions(consumer.partitions()),
    };
    let mut tasks = vec![Task::new(first, seat)];
    while !seat.is_to_end() {
        if seat.take_renewal() {
            renew(&mut tasks, consumer, seat);
        }
        if !seat.may_take() {
            hold(&mut tasks, seat, log);
            continue;
        }
        seat.set_rest(Rest::Busy, log);
        seat.look();
        if !turn(&mut tasks, seat, log, lane) && !seat.is_woken() {
            seat.set_rest(Rest::Parked, log);
            // What is told between the look and this does not let it park.
            if !seat.is_told() {
                thread::park();
            }
        }
    }
    drop(tasks);
    seat.set_rest(Rest::Over, log);
}

/// Polls every task that was woken or has not waited. Returns whether there was one.
fn turn(tasks: &mut Vec<Task<'_>>, seat: &Arc<Seat>, log: &Log, lane: usize) -> bool {
    let (mut has_polled, mut new, mut over) = (false, Vec::new(), Vec::new());
    for (index, task) in tasks.iter_mut().enumerate() {
        if !seat.may_take() {
            break;
        }
        if !task.alarm.take() {
            continue;
        }
        has_polled = true;
        if task.has_waited && seat.dozes() {
            task.alarm.set();
            break;
        }
        task.has_waited = false;
        match task.poll(seat, log, lane) {
            Ok(Turn::Pending) => {
                task.has_waited = true;
                continue;
            }
            Ok(Turn::Ready) => {
                if !matches!(task.source, Source::Batch(_)) {
                    seat.take_allowance();
                }
            }
            Ok(Turn::New(stream)) => new.push(Task::new(Source::Partition(stream), seat)),
            Ok(Turn::End) if matches!(task.source, Source::Partition(_)) => {
                over.push(index);
                continue;
            }
            Ok(Turn::End) => log.fail(format!("a reader of {:?} has ended", seat.kind)),
            Err(error) => {
                log.fail(format!("a reader of {:?} was told {error}: {error:?}", seat.kind));
                // What ends with its error is not polled on.
                seat.end();
            }
        }
        task.alarm.set();
    }
    for index in over.into_iter().rev() {
        tasks.swap_remove(index);
    }
    tasks.append(&mut new);
    has_polled
}

/// Does not poll until it is told otherwise. A single wait is given up: one that is kept would keep its wake-up too.
fn hold(tasks: &mut [Task<'_>], seat: &Seat, log: &Log) {
    for task in &mut *tasks {
        if let Source::Recv(_, waiting) = &mut task.source {
            *waiting = None;
            task.alarm.set();
        }
    }
    while !seat.may_take() && !seat.is_told() {
        let is_ready = tasks.iter().any(|task| task.alarm.is_set());
        seat.set_rest(if is_ready { Rest::HeldReady } else { Rest::HeldParked }, log);
        thread::park();
    }
}

/// Drops who hands partitions out and every other partition's stream, and asks for the partitions anew.
fn renew(tasks: &mut Vec<Task<'_>>, consumer: &Consumer, seat: &Arc<Seat>) {
    let mut count = 0;
    tasks.retain(|task| {
        count += 1;
        matches!(task.source, Source::Partition(_)) && count % 2 == 0
    });
    tasks.push(Task::new(Source::Partitions(consumer.partitions()), seat));
}
