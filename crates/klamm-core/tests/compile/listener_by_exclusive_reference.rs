//! A listener is called on any thread, several at once, so it has nothing to itself.

use klamm_core::native::QueueListener;

struct Counter(usize);

impl QueueListener for Counter {
    fn non_empty(&mut self) {
        self.0 += 1;
    }
}

fn main() {}
