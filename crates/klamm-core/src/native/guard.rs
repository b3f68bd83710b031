//! Keeps panics from crossing into C.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of a callback; a panic is logged and ends here, since unwinding into C is undefined.
pub(super) fn guarded(callback: &'static str, body: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(body)).is_err() {
        tracing::error!(target: "klamm", callback, "a panic in a callback was stopped at the boundary");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_stops_at_the_guard() {
        let mut ran = false;
        guarded("test", || {
            ran = true;
            panic!("on purpose");
        });
        assert!(ran);
    }
}
