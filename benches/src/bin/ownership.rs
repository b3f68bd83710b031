//! The area `ownership`: messages that were taken, borrowed, shared and detached.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::ownership::AREA.main()
}
