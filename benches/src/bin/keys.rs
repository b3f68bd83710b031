//! The area `keys`: messages that are handled by key, of few keys and of many.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::keys::AREA.main()
}
