//! Misuse of messages that the compiler refuses. `cargo xtask test --only compile`.
//!
//! Among it are the holes of the `rdkafka` crate, through which safe code reached undefined behaviour, written against this
//! crate: headers made from nothing, two exclusive references to one entry of a list, a callback that has its context to
//! itself. The fourth, headers parsed by two threads at once, compiles and is sound: see `native/headers.rs`.

#[test]
fn misuse_does_not_compile() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/compile/headers_by_hand.rs");
    tests.compile_fail("tests/compile/headers_outlive_message.rs");
    tests.compile_fail("tests/compile/message_outlives_client.rs");
    tests.compile_fail("tests/compile/message_used_after_share.rs");
    tests.compile_fail("tests/compile/list_entry_taken_twice.rs");
    tests.compile_fail("tests/compile/listener_by_exclusive_reference.rs");
}
