//! What one run of a piece of work took.

use std::time::{Duration, Instant};

use super::{Activity, InstructionCounter, Work, cpu_time, heap, received, region, threads};

/// What one run of a piece of work took: of the thread that did it, unless something else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// What was done.
    pub work: Work,
    /// User instructions, where the processor counts them.
    pub instructions: Option<u64>,
    /// How often the thread has allocated, or grown an allocation.
    pub allocations: u64,
    /// How many bytes the process, with all its threads, has allocated more than it has freed, if that is watched.
    pub left_bytes: Option<i64>,
    /// How many of these are Rust's, if that is watched too.
    pub rust_bytes: Option<i64>,
    /// Time on a processor.
    pub cpu_time: Duration,
    /// Time of all the process's threads on a processor.
    pub process_cpu: Duration,
    /// Time by the clock.
    pub wall: Duration,
    /// What the other threads did that are not librdkafka's, if that is watched.
    pub others: Option<Activity>,
    /// Of each portion of the work, how long after the process last received a message it was done, if one came while it
    /// was being done.
    pub lags: Vec<Duration>,
}

impl Sample {
    /// Runs `work` once, on this thread.
    pub fn take(work: &mut dyn FnMut() -> Work) -> Self {
        // The counter's own calls stay outside of the other two; they cost it a few instructions, not a few a message.
        let mut measured = || {
            let others = threads::others();
            let (live, rust) = (heap::live_bytes(), heap::live_rust_bytes());
            let allocations = heap::allocations_of_this_thread();
            let (process_began, began, start) =
                (cpu_time::of_this_process(), cpu_time::of_this_thread(), Instant::now());
            let work = region::klamm_bench_region(work);
            let end = Instant::now();
            let cpu_time = cpu_time::of_this_thread().saturating_sub(began);
            let process_cpu = cpu_time::of_this_process().saturating_sub(process_began);
            let allocations = heap::allocations_of_this_thread() - allocations;
            let since =
                |now: Option<i64>, before| now.zip(before).map(|(now, before): (_, i64)| now - before);
            Self {
                work,
                instructions: None,
                allocations,
                left_bytes: since(heap::live_bytes(), live),
                rust_bytes: since(heap::live_rust_bytes(), rust),
                cpu_time,
                process_cpu,
                wall: end - start,
                others: threads::others().zip(others).map(|(now, before)| now - before),
                lags: received::within(start, end).map(|received| end - received).into_iter().collect(),
            }
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
            rust_bytes: self.rust_bytes.zip(other.rust_bytes).map(|(one, other)| one + other),
            cpu_time: self.cpu_time + other.cpu_time,
            process_cpu: self.process_cpu + other.process_cpu,
            wall: self.wall + other.wall,
            others: self.others.zip(other.others).map(|(one, other)| one + other),
            lags: {
                let mut lags = self.lags;
                lags.extend(other.lags);
                lags
            },
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
