//! How long a thread, or the whole process, has been on a processor.
#![expect(unsafe_code, reason = "the clock is read through libc")]

use std::time::Duration;

/// Returns how long this thread has been on a processor (`CLOCK_THREAD_CPUTIME_ID`).
pub(super) fn of_this_thread() -> Duration {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Returns how long the threads of this process have been on a processor (`CLOCK_PROCESS_CPUTIME_ID`).
pub(super) fn of_this_process() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec` to a place that is one.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(status, 0, "every process and thread has this clock");
    let seconds = u64::try_from(time.tv_sec).expect("the clock began at zero");
    let nanos = u32::try_from(time.tv_nsec).expect("nanoseconds are less than a second");
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time() {
        let before = of_this_thread();
        while of_this_thread() == before {
            std::hint::spin_loop();
        }
        assert!(of_this_thread() > before);
    }
}
