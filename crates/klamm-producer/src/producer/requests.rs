//! What is wanted of the control thread.

use std::time::{Duration, Instant};

use futures_channel::oneshot;

use crate::DeliveryError;

/// What was not delivered.
#[derive(Debug, Default)]
#[must_use = "records may not have been delivered"]
#[non_exhaustive]
pub struct Undelivered {
    /// Records that were sent, and neither delivered nor refused by the deadline. Some may stand in the log all the same,
    /// if their answer was on the way.
    ///
    /// After [`close`](crate::Producer::close) they are given up, and each record comes back: from its delivery, or in
    /// `unclaimed` if that was dropped. After [`flush`](crate::Producer::flush) they are still under way.
    pub records: usize,
    /// After [`close`](crate::Producer::close): the records that were not delivered while it waited and whose deliveries
    /// were dropped, each with the reason.
    pub unclaimed: Vec<DeliveryError>,
}

/// Who is told how it went.
pub(crate) type Reply = oneshot::Sender<Undelivered>;

/// A wait until nothing is under way.
pub(crate) struct Flush {
    pub(crate) until: Instant,
    /// Who is told; nobody, if it is only that nothing is to linger.
    pub(crate) reply: Option<Reply>,
}

/// What is wanted of the control thread.
#[derive(Default)]
pub(crate) struct Requests {
    /// To be over by then.
    pub(crate) close_by: Option<Instant>,
    /// Who is told of the close.
    pub(crate) closers: Vec<Reply>,
    /// New waits.
    pub(crate) flushes: Vec<Flush>,
    /// Nobody is told any more.
    pub(crate) is_over: bool,
}

/// Returns when a deadline is that begins now. One that is too far away to be told from never is in 136 years.
pub(super) fn until(deadline: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(deadline).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()))
}
