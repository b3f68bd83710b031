//! The area `idle`: a consumer of 1,000 partitions that has nothing to read.

use std::process::ExitCode;

use benches::{idle::AREA, topic::serve};

fn main() -> ExitCode {
    serve().unwrap_or_else(|| AREA.main())
}
