//! The area `memory`: what messages and clients leave behind.

use std::process::ExitCode;

use benches::{memory::AREA, topic::serve};

fn main() -> ExitCode {
    serve().unwrap_or_else(|| AREA.main())
}
