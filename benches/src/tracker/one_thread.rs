//! A window of messages is started, then settled.

use super::{
    Scene,
    case::{WINDOW, WINDOWS},
    track::Track,
};
use crate::{area::Meter, measure::Work};

/// Starts and settles a million messages after a first window, in which the tracker gets its size.
pub(crate) fn one_thread<T: Track>(scene: &Scene, meter: &mut Meter<'_>, mut tracker: T) {
    let mut open = Vec::with_capacity(WINDOW);
    let mut orders = scene.orders.iter().cycle();
    let mut offsets = 0..;
    let mut turn = || {
        open.clear();
        open.extend(offsets.by_ref().take(WINDOW).map(|offset| tracker.start(offset)));
        for place in orders.next().into_iter().flatten() {
            tracker.settle(open[usize::from(*place)]);
        }
        tracker.done()
    };
    let before = turn();
    meter(&mut || {
        let done = (0..WINDOWS).map(|_| turn()).last().unwrap_or(before);
        Work { messages: WINDOW * WINDOWS, bytes: usize::try_from(done - before).unwrap_or(0) }
    });
}
