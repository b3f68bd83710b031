//! How many instructions a thread executes, where the processor tells.

#[cfg(target_os = "linux")]
use perf_event::{Builder, Counter, events::Hardware};

/// The processor's counter of one thread's user instructions.
///
/// Many virtual machines have none, and a system may keep it from its users (`kernel.perf_event_paranoid`). Then
/// callgrind counts, from outside: see [`REGION`](super::REGION).
#[derive(Debug)]
pub struct InstructionCounter {
    #[cfg(target_os = "linux")]
    counter: Counter,
}

#[cfg(target_os = "linux")]
impl InstructionCounter {
    /// Opens the counter of the calling thread, or returns `None` where there is none.
    pub fn of_this_thread() -> Option<Self> {
        let mut counter = Builder::new(Hardware::INSTRUCTIONS).exclude_kernel(true).build().ok()?;
        counter.enable().ok()?;
        counter.disable().ok()?;
        // Some hypervisors offer a counter that stays at zero.
        (counter.read().ok()? > 0).then_some(Self { counter })
    }

    /// Runs `work`, and returns what it returned and the instructions it took.
    pub(super) fn count<T>(&mut self, work: impl FnOnce() -> T) -> (T, Option<u64>) {
        let is_counting = self.counter.reset().and_then(|()| self.counter.enable()).is_ok();
        let done = work();
        let is_counting = self.counter.disable().is_ok() && is_counting;
        (done, if is_counting { self.counter.read().ok() } else { None })
    }
}

#[cfg(not(target_os = "linux"))]
impl InstructionCounter {
    /// Opens the counter of the calling thread, or returns `None` where there is none.
    pub fn of_this_thread() -> Option<Self> {
        None
    }

    /// Runs `work`, and returns what it returned and the instructions it took.
    pub(super) fn count<T>(&mut self, work: impl FnOnce() -> T) -> (T, Option<u64>) {
        (work(), None)
    }
}
