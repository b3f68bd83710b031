//! The area `steady`: a million messages that are handled after a warm-up, without commits.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::pipelines::STEADY.main()
}
