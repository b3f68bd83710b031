//! Misuse that the compiler refuses, and programs that it must accept. `cargo xtask test --only compile`.

#[test]
fn misuse_does_not_compile() {
    let tests = trybuild::TestCases::new();
    tests.pass("tests/compile/programs.rs");
    tests.compile_fail("tests/compile/message_outlives_consumer.rs");
    tests.compile_fail("tests/compile/message_leaves_its_task.rs");
    tests.compile_fail("tests/compile/payload_outlives_handler.rs");
    tests.compile_fail("tests/compile/mutable_state_shared_by_handlers.rs");
    tests.compile_fail("tests/compile/pipeline_without_terminal.rs");
    tests.compile_fail("tests/compile/two_schedules.rs");
    tests.compile_fail("tests/compile/ack_used_twice.rs");
    tests.compile_fail("tests/compile/ack_committed.rs");
    tests.compile_fail("tests/compile/receipt_unused.rs");
    tests.compile_fail("tests/compile/lost_cannot_commit.rs");
}
