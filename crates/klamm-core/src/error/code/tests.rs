//! The constants, held against librdkafka's table and Kafka's classes.

use std::collections::BTreeMap;

use super::{ErrorCode, broker, local};

/// Constants that librdkafka calls otherwise: Kafka's protocol has another name, or ours says what an abbreviation does
/// not.
const OTHERWISE: &[(&str, &str)] = &[
    ("INVALID_ARGUMENT", "_INVALID_ARG"),
    ("LOCAL_UNKNOWN_TOPIC", "_UNKNOWN_TOPIC"),
    ("WAIT_COORDINATOR", "_WAIT_COORD"),
    ("UNKNOWN_SERVER_ERROR", "UNKNOWN"),
    ("NONE", "NO_ERROR"),
    ("CORRUPT_MESSAGE", "INVALID_MSG"),
    ("UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_OR_PART"),
    ("INVALID_FETCH_SIZE", "INVALID_MSG_SIZE"),
    ("NOT_LEADER_OR_FOLLOWER", "NOT_LEADER_FOR_PARTITION"),
    ("MESSAGE_TOO_LARGE", "MSG_SIZE_TOO_LARGE"),
    ("STALE_CONTROLLER_EPOCH", "STALE_CTRL_EPOCH"),
    ("INVALID_TOPIC_EXCEPTION", "TOPIC_EXCEPTION"),
];

fn constants() -> BTreeMap<ErrorCode, &'static str> {
    let all = local::NAMED.iter().chain(broker::NAMED).copied();
    let constants: BTreeMap<_, _> = all.collect();
    assert_eq!(constants.len(), local::NAMED.len() + broker::NAMED.len(), "two constants have one number");
    constants
}

#[test]
fn every_code_of_librdkafka_has_a_constant_of_its_name() {
    let mut constants = constants();
    let mut count = 0;
    for code in ErrorCode::known() {
        let constant = constants.remove(&code).unwrap_or_else(|| panic!("{code:?} has no constant"));
        let otherwise = OTHERWISE.iter().find(|(ours, _)| *ours == constant).map(|(_, theirs)| *theirs);
        let expected = otherwise.unwrap_or(constant);
        let theirs = if otherwise.is_none() { code.name().trim_start_matches('_') } else { code.name() };
        assert_eq!(theirs, expected, "{}", code.to_raw());
        count += 1;
    }
    assert!(count > 160, "librdkafka's table has only {count} codes");
    assert!(constants.is_empty(), "unknown to librdkafka: {constants:?}");
}

#[test]
fn local_codes_are_negative_and_brokers_are_not() {
    assert!(local::NAMED.iter().all(|(code, _)| code.to_raw() < -100));
    assert!(broker::NAMED.iter().all(|(code, _)| code.to_raw() >= -1));
}

/// The broker codes whose exception is a `RetriableException` in Kafka 4.1.
const RETRIABLE_IN_KAFKA: &[i32] =
    &[2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100];

#[test]
fn retriable_is_what_kafka_says_but_for_the_documented_four() {
    let differs: Vec<_> = broker::NAMED
        .iter()
        .map(|(code, _)| *code)
        .filter(|code| code.is_retriable() != RETRIABLE_IN_KAFKA.contains(&code.to_raw()))
        .collect();
    let documented = [
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::BROKER_NOT_AVAILABLE,
        ErrorCode::ELECTION_NOT_NEEDED,
        ErrorCode::UNKNOWN_TOPIC_ID,
    ];
    assert_eq!(differs, documented);
}

#[test]
fn nothing_is_fatal_and_retriable() {
    let both = |code: &ErrorCode| code.is_fatal() && code.is_retriable();
    assert_eq!(ErrorCode::known().find(both), None);
    assert!(ErrorCode::FATAL.is_fatal() && ErrorCode::TRANSPORT.is_retriable());
    assert!(!ErrorCode::NONE.is_fatal() && !ErrorCode::NONE.is_retriable());
}

#[test]
fn an_unknown_code_has_a_name_and_a_text() {
    for number in [31_999, i32::MIN, i32::MAX, -99, 99] {
        let code = ErrorCode::from_raw(number);
        assert!(!code.name().is_empty());
        assert!(code.to_string().contains(&number.to_string()), "{code}");
        assert!(!code.is_retriable() && !code.is_fatal());
    }
}
