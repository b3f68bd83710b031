//! Replays what fuzzing has kept, so that a bug that was found stays found.

use std::{fs, path::Path};

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

const INPUTS: usize = 200;
const BYTES: usize = 4096;

#[test]
fn every_kept_input_is_read_by_its_target() {
    for (name, target) in targets::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let inputs = entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
        assert!((1..=INPUTS).contains(&inputs.len()), "{name}: {} inputs", inputs.len());
        for input in inputs {
            // Shown only if the target panics.
            eprintln!("{name}: {}", input.display());
            let bytes = fs::read(&input).unwrap();
            assert!(bytes.len() <= BYTES, "{} bytes", bytes.len());
            target(&bytes);
        }
    }
}
