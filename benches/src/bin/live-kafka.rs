//! The area `live-kafka`: messages that come from Kafka while two workers read.

use std::process::ExitCode;

use benches::live::ON_KAFKA;

fn main() -> ExitCode {
    ON_KAFKA.main()
}
