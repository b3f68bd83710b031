//! The last few of what was made, kept alive.

/// How many are kept.
const KEPT: usize = 64;

/// The last 64 of what was made, kept alive as by a program that works on several at once.
pub(crate) struct Ring<T> {
    slots: [Option<T>; KEPT],
    next: usize,
}

impl<T> Ring<T> {
    pub(crate) fn new() -> Self {
        Self { slots: [const { None }; KEPT], next: 0 }
    }

    /// Keeps `one`, and drops the oldest if there are 64 others.
    #[inline]
    pub(crate) fn keep(&mut self, one: T) {
        self.slots[self.next] = Some(one);
        self.next = (self.next + 1) % KEPT;
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn the_last_64_are_alive() {
        let all = (0..100).map(Rc::new).collect::<Vec<_>>();
        let mut ring = Ring::new();
        for one in &all {
            ring.keep(Rc::clone(one));
        }
        let is_alive = |one: &Rc<_>| Rc::strong_count(one) == 2;
        assert!(!all[..36].iter().any(is_alive) && all[36..].iter().all(is_alive));
        drop(ring);
        assert!(!all.iter().any(is_alive));
    }
}
