//! Wall time of the area `dequeue`, by criterion.
//!
//! Every iteration starts a consumer and waits until it has fetched everything; only the reading is timed.

use std::time::{Duration, Instant};

use benches::{area::Case, dequeue::AREA};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

fn dequeue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(AREA.name);
    // A start takes far longer than what is timed, so there are few of them.
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_secs(10));
    for case in AREA.cases {
        let topic = (AREA.set_up)(case).expect("the mock cluster takes the messages");
        let work = case.work();
        group.throughput(Throughput::Elements(u64::try_from(work.messages).unwrap_or(u64::MAX)));
        for client in AREA.clients {
            group.bench_function(BenchmarkId::new(client.name, case.name()), |bencher| {
                bencher.iter_custom(|iterations| {
                    let time = |work: &mut dyn FnMut() -> _| {
                        let began = Instant::now();
                        let done = work();
                        (done, began.elapsed())
                    };
                    let times = (0..iterations).map(|_| client.measure(&topic, work, time));
                    times.sum::<anyhow::Result<Duration>>().expect("the client reads all messages")
                });
            });
        }
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    dequeue(&mut criterion);
    criterion.final_summary();
}
