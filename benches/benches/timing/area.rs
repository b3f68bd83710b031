//! Wall time of an area, by criterion.
//!
//! Every iteration starts a client and waits until it has everything ready; only the measured work is timed.

use std::time::{Duration, Instant};

use benches::area::{Area, Case};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

/// Times every case of an area by every client that does it.
pub(crate) fn main<C: Case, S>(area: &Area<C, S>) {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(area.name);
    // A start takes far longer than what is timed, so there are few of them.
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(10));
    for case in area.cases {
        let scene = (area.set_up)(case).expect("the mock cluster takes the messages");
        let work = case.work();
        group.throughput(Throughput::Elements(u64::try_from(work.messages).unwrap_or(u64::MAX)));
        for client in area.clients.iter().filter(|client| client.does(case.name())) {
            group.bench_function(BenchmarkId::new(client.name, case.name()), |bencher| {
                bencher.iter_custom(|iterations| {
                    let time = |work: &mut dyn FnMut() -> _| {
                        let began = Instant::now();
                        let done = work();
                        (done, began.elapsed())
                    };
                    let times = (0..iterations).map(|_| client.measure(&scene, work, time));
                    times.sum::<anyhow::Result<Duration>>().expect("the client does its work")
                });
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
