//! What one run of a piece of work took.

use std::time::Duration;

use super::{InstructionCounter, Work, cpu_time, heap, region};

/// What one run of a piece of work took: of the thread that did it, unless something else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What was done.
    pub work: Work,
    /// User instructions, where the processor counts them.
    pub instructions: Option<u64>,
    /// How often the thread has allocated, or grown an allocation.
    pub allocations: u64,
    /// How many bytes the process, with all its threads, has allocated more than it has freed, if that is watched.
    pub left_bytes: Option<i64>,
    /// Time on a processor.
    pub cpu_time: Duration,
}

impl Sample {
    /// Runs `work` once, on this thread.
    pub fn take(work: &mut dyn FnMut() -> Work) -> Self {
        // The counter's own calls stay outside of the other two; they cost it a few instructions, not a few a message.
        let mut measured = || {
            let live = heap::live_bytes();
            let allocations = heap::allocations_of_this_thread();
            let began = cpu_time::of_this_thread();
            let work = region::klamm_bench_region(work);
            let cpu_time = cpu_time::of_this_thread().saturating_sub(began);
            let allocations = heap::allocations_of_this_thread() - allocations;
            let left_bytes = heap::live_bytes().zip(live).map(|(now, before)| now - before);
            Self { work, instructions: None, allocations, left_bytes, cpu_time }
        };
        match InstructionCounter::of_this_thread() {
            Some(mut counter) => {
                let (sample, instructions) = counter.count(measured);
                Self { instructions, ..sample }
            }
            None => measured(),
        }
    }
}

/// What two runs took together; what was not counted in both is not known.
impl std::ops::Add for Sample {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            work: self.work + other.work,
            instructions: self.instructions.zip(other.instructions).map(|(one, other)| one + other),
            allocations: self.allocations + other.allocations,
            left_bytes: self.left_bytes.zip(other.left_bytes).map(|(one, other)| one + other),
            cpu_time: self.cpu_time + other.cpu_time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_of_the_work_are_counted_and_no_others() {
        let mut kept = Vec::new();
        let outside = std::hint::black_box(Box::new(0_u8));
        let sample = Sample::take(&mut || {
            kept.push(std::hint::black_box(Box::new(1_u8)));
            Work { messages: 1, bytes: kept.len() }
        });
        drop(outside);
        // The box, and the room for it.
        assert_eq!((sample.allocations, sample.work), (2, Work { messages: 1, bytes: 1 }));
    }
}
