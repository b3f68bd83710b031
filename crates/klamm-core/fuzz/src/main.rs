//! libFuzzer's program for every target: which one runs is said by the variable `FUZZ_TARGET`.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

mod targets;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

fuzz_target!(init: choose(), |input: &[u8]| TARGET.get().expect("chosen at the start")(input));

fn choose() {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the target");
    let found = targets::ALL.iter().find(|(known, _)| *known == name);
    let (_, target) = found.unwrap_or_else(|| panic!("no target is called {name}"));
    TARGET.set(*target).expect("chosen once");
}
