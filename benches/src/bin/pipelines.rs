//! The area `pipelines`: messages that wait in the local queues, handled and committed.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::pipelines::AREA.main()
}
