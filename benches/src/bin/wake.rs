//! The area `wake`: from the bytes of a message to the task that waits for it.

use std::process::ExitCode;

use benches::{topic::serve, wake::AREA};

fn main() -> ExitCode {
    serve().unwrap_or_else(|| AREA.main())
}
