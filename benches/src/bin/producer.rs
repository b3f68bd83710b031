//! The area `producer`: records that are sent, and their delivery reports.

use std::process::ExitCode;

use benches::{producer::AREA, topic::serve};

fn main() -> ExitCode {
    serve().unwrap_or_else(|| AREA.main())
}
