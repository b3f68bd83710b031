//! The area `streams`: messages of many partitions that wait in the local queues, by stream and by `recv`.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::streams::AREA.main()
}
