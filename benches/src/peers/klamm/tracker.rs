//! Klamm's tracker by itself.

use anyhow::Result;
use klamm_combinators::internals::{Started, Tracker};
use klamm_core::{
    Epoch, Message, Timestamp,
    message::{Headers, HeadersError},
};

use crate::{
    area::Meter,
    tracker::{Scene, Threads, Track, one_thread, two_threads},
};

/// Starts and settles messages. The second thread marks them, as those do who acknowledge by hand.
///
/// # Errors
///
/// None.
pub fn tracker(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let epoch = Epoch::next(0);
    let own = Own { tracker: Tracker::new(epoch), epoch, done: 0 };
    match scene.threads {
        Threads::One => one_thread(scene, meter, own),
        Threads::Two => {
            let elsewhere = own.tracker.elsewhere();
            two_threads(scene, meter, own, move |open| elsewhere.settle(open));
        }
    }
    Ok(())
}

/// The tracker of one epoch, and how far it was when last asked.
struct Own {
    tracker: Tracker,
    epoch: Epoch,
    done: i64,
}

impl Track for Own {
    type Open = Started;

    #[inline]
    fn start(&mut self, offset: i64) -> Started {
        self.tracker.start(&Bare { offset, epoch: self.epoch })
    }

    #[inline]
    fn settle(&mut self, open: Started) {
        self.tracker.settle(open);
    }

    fn done(&mut self) -> i64 {
        self.tracker.advance();
        if let Some(watermark) = self.tracker.take_watermark() {
            self.done = watermark.offset();
        }
        self.done
    }
}

/// A message of which only the offset matters.
struct Bare {
    offset: i64,
    epoch: Epoch,
}

impl Message for Bare {
    fn key(&self) -> Option<&[u8]> {
        None
    }

    fn payload(&self) -> Option<&[u8]> {
        None
    }

    fn topic(&self) -> &'static str {
        "bare"
    }

    fn partition(&self) -> i32 {
        0
    }

    fn offset(&self) -> i64 {
        self.offset
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::NotAvailable
    }

    fn leader_epoch(&self) -> Option<i32> {
        Some(0)
    }

    fn try_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        Ok(None)
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }
}
