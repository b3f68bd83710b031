//! When bytes of messages arrived at the process.
//!
//! With glibc the binary defines `recvmsg` itself and passes every call on to the kernel. The linker then gives it to
//! librdkafka, whose only way to a broker's answers it is (`rd_kafka_transport_socket_recvmsg`). What happens before its
//! return is the broker's and the network's; what happens after it is the client's.
#![expect(unsafe_code, reason = "the function is C's, and so is its name")]

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Answers that are shorter hold no record; those to heartbeats and fetches without records are far below.
pub(crate) const RECORD_BYTES: usize = 400;

/// Nanoseconds from [`epoch`] to the last receipt of a record; 0 before the first.
static LAST: AtomicU64 = AtomicU64::new(0);

/// What the clock has shown when it was first asked.
fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

/// Returns when the last record was received, if that was between these two.
pub(super) fn within(start: Instant, end: Instant) -> Option<Instant> {
    let last = match LAST.load(Ordering::Relaxed) {
        0 => return None,
        nanos => epoch() + Duration::from_nanos(nanos),
    };
    (start <= last && last <= end).then_some(last)
}

/// Notes that so many bytes were received.
fn note(bytes: isize) {
    if usize::try_from(bytes).is_ok_and(|bytes| bytes >= RECORD_BYTES) {
        let nanos = u64::try_from(epoch().elapsed().as_nanos()).unwrap_or(u64::MAX);
        LAST.store(nanos, Ordering::Relaxed);
    }
}

// SAFETY: it is C's function of that name, and passes the call on as it came.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[unsafe(no_mangle)]
unsafe extern "C" fn recvmsg(socket: libc::c_int, message: *mut libc::msghdr, flags: libc::c_int) -> isize {
    // SAFETY: the caller's promises are the kernel's requirements; a failure is left in `errno` by both.
    let bytes = unsafe { libc::syscall(libc::SYS_recvmsg, socket, message, flags) };
    let bytes = isize::try_from(bytes).unwrap_or(-1);
    note(bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_short_for_a_record_is_not_noted_and_a_record_is() {
        let start = Instant::now();
        let short = isize::try_from(RECORD_BYTES).expect("it is little") - 1;
        for bytes in [-1, 0, short] {
            note(bytes);
        }
        assert_eq!(within(start, Instant::now()), None);
        note(short + 1);
        let received = within(start, Instant::now()).expect("it was noted");
        assert!(received >= start);
        assert_eq!(within(Instant::now(), Instant::now()), None);
    }
}
