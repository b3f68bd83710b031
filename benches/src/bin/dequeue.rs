//! The area `dequeue`: messages that wait in the local queue, read one by one.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::dequeue::AREA.main()
}
