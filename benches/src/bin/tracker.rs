//! The area `tracker`: messages that are started and settled, on one thread and on two.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::tracker::AREA.main()
}
