//! The area `published`: what Parallel Consumer has published of itself, done with Klamm.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::published::AREA.main()
}
