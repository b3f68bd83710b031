//! An ordered set of offsets under a mutex, by itself.

use anyhow::Result;

use super::progress::Progress;
use crate::{
    area::Meter,
    tracker::{Scene, Threads, Track, one_thread, two_threads},
};

/// Starts and settles messages.
///
/// # Errors
///
/// None.
pub fn tracker(scene: &Scene, meter: &mut Meter<'_>) -> Result<()> {
    let progress = Progress::default();
    match scene.threads {
        Threads::One => one_thread(scene, meter, &progress),
        Threads::Two => two_threads(scene, meter, &progress, |offset| progress.finish(offset)),
    }
    Ok(())
}

impl Track for &Progress {
    type Open = i64;

    fn start(&mut self, offset: i64) -> i64 {
        Progress::start(self, offset);
        offset
    }

    fn settle(&mut self, offset: i64) {
        self.finish(offset);
    }

    fn done(&mut self) -> i64 {
        self.watermark()
    }
}
