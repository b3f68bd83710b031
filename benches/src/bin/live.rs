//! The area `live`: messages that come while two workers read.

use std::process::ExitCode;

use benches::{live::AREA, topic::serve};

fn main() -> ExitCode {
    serve().unwrap_or_else(|| AREA.main())
}
