//! Reports of librdkafka's statistics.

use klamm_core::statistics::Statistics;

pub(super) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match Statistics::parse(&text) {
        Ok(statistics) => {
            let json = serde_json::to_string(&statistics).expect("names are text");
            let again = serde_json::from_str::<Statistics>(&json).expect("what was written can be read");
            assert_eq!(again, statistics);
        }
        Err(error) => {
            let lines = text.split('\n').count();
            assert!((0..=lines).contains(&error.line()), "{error}, of {lines} lines");
        }
    }
}
