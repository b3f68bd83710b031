//! A clock that ticks only while somebody asks for ages, and something is held.

use std::time::{Duration, Instant};

/// A clock that ticks only while something is held: reading the time for each message would cost more than the message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// How long a tick is, if ages are asked for.
    length: Option<Duration>,
    now: u32,
    next: Option<Instant>,
}

impl Clock {
    /// Makes a clock with ticks of this length, if anybody asks for ages.
    pub(super) fn new(length: Option<Duration>) -> Self {
        Self { length, now: 0, next: None }
    }

    #[inline]
    pub(super) fn now(&self) -> u32 {
        self.now
    }

    /// Returns when the next tick is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Begins to tick, unless it does already or nobody asks for ages.
    pub(super) fn run(&mut self, now: impl FnOnce() -> Instant) {
        if let (Some(length), None) = (self.length, self.next) {
            self.next = Some(now() + length);
        }
    }

    /// Ticks, if that is due, and stops. Returns whether it did.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        let is_due = self.next.take_if(|next| *next <= now).is_some();
        if is_due {
            self.now = self.now.wrapping_add(1);
        }
        is_due
    }

    /// Returns the age of what was noted so many ticks ago: at least so much has passed.
    pub(super) fn age(&self, ticks: u32) -> Duration {
        self.length.unwrap_or_default() * ticks.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_never_said_too_early_and_a_tick_late_at_most() {
        let start = Instant::now();
        let (asked, tick) = (Duration::from_secs(4), Duration::from_secs(1));
        let mut clock = Clock::new(Some(tick));
        clock.run(|| start);
        let noted = clock.now();
        let mut now = start;
        let old_at = loop {
            now += Duration::from_millis(100);
            if clock.tick(now) {
                clock.run(|| now);
            }
            if clock.age(clock.now().wrapping_sub(noted)) >= asked {
                break now;
            }
        };
        assert!((asked..=asked + tick).contains(&(old_at - start)), "{:?}", old_at - start);
    }

    #[test]
    fn without_an_age_to_look_for_it_never_ticks() {
        let mut clock = Clock::new(None);
        clock.run(Instant::now);
        assert_eq!(clock.next(), None);
    }
}
