//! librdkafka's own reports, and reports that are damaged.

#[path = "statistics/client.rs"]
mod client;

use std::collections::BTreeSet;

use client::{Member, Report, cluster, produced};
use klamm_core::statistics::{Broker, Eos, Fatal, Partition, Statistics, StatisticsError};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a consumer on the mock cluster said of itself.
const CONSUMER: &str = include_str!("statistics/consumer.json");
/// What an idempotent producer on the mock cluster said of itself.
const PRODUCER: &str = include_str!("statistics/producer.json");

fn parse(text: &str) -> Statistics {
    Statistics::parse(text).unwrap_or_else(|error| panic!("{error:?}: {text}"))
}

/// The report without its misspelled twin of `committed_offset`, which librdkafka keeps for old readers.
fn documented(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).unwrap();
    for topic in report["topics"].as_object_mut().unwrap().values_mut() {
        for partition in topic["partitions"].as_object_mut().unwrap().values_mut() {
            partition.as_object_mut().unwrap().remove("commited_offset");
        }
    }
    report
}

/// Nothing of a report is left out, nothing is added, and no two fields are mixed up.
fn check_whole(report: &Report) {
    let again = serde_json::to_value(&report.statistics).unwrap();
    assert_eq!(again, documented(&report.text));
    assert_eq!(serde_json::from_value::<Statistics>(again).unwrap(), report.statistics);
}

#[test]
fn a_consumers_report_is_read_whole() {
    let cluster = cluster(2);
    let mut member = Member::join(cluster.consumer_config("billing").client_id("reader"));
    let report = member.wait_for("everything was read", |statistics| statistics.rxmsgs == 100);
    check_whole(&report);
    let statistics = report.statistics;
    assert_eq!((statistics.client_type.as_str(), statistics.client_id.as_str()), ("consumer", "reader"));
    assert!(statistics.name.starts_with("reader#consumer-"), "{}", statistics.name);
    let learned = statistics.brokers.values().filter(|broker| broker.source == "learned");
    let learned: Vec<&Broker> = learned.collect();
    let ids: BTreeSet<i32> = learned.iter().map(|broker| broker.nodeid).collect();
    assert_eq!(ids, BTreeSet::from([1, 2]));
    assert!(learned.iter().any(|broker| broker.state == "UP" && broker.rtt.cnt > 0 && broker.rtt.p50 >= 0));
    assert!(learned.iter().map(|broker| broker.req["Fetch"]).sum::<u64>() > 0);
    let served = learned.iter().flat_map(|broker| broker.toppars.keys()).collect::<Vec<_>>();
    assert!(served.contains(&&"orders-0".to_owned()) && served.contains(&&"orders-1".to_owned()));
    let partitions = &statistics.topics["orders"].partitions;
    for number in 0..2 {
        let partition = &partitions[&number];
        assert_eq!((partition.partition, partition.fetch_state.as_str()), (number, "active"));
        assert_eq!((partition.lo_offset, partition.hi_offset, partition.rxmsgs), (0, 50, 50));
    }
    let group = statistics.group.unwrap();
    assert_eq!((group.state.as_str(), group.join_state.as_str(), group.assignment_size), ("up", "steady", 2));
    assert_eq!((statistics.eos, statistics.fatal), (None, None));
}

#[test]
fn a_producers_report_is_read_whole() {
    let cluster = cluster(1);
    let report = produced(cluster.config().set("enable.idempotence", true), 7);
    check_whole(&report);
    let statistics = report.statistics;
    assert_eq!((statistics.client_type.as_str(), statistics.txmsgs), ("producer", 7));
    assert!(statistics.tx_bytes > statistics.txmsg_bytes && statistics.txmsg_bytes >= 7 * 7);
    assert!(statistics.brokers.values().map(|broker| broker.req["Produce"]).sum::<u64>() > 0);
    let eos = statistics.eos.unwrap();
    assert_eq!((eos.idemp_state.as_str(), eos.epoch_cnt), ("Assigned", 1));
    assert!(eos.producer_id >= 0 && eos.producer_epoch >= 0);
    assert_eq!((statistics.group, statistics.topics["orders"].partitions[&0].acked_msgid), (None, 7));
}

#[test]
fn the_lag_is_that_of_the_partitions_that_are_assigned() {
    let cluster = cluster(3);
    let mut member = Member::join(cluster.consumer_config("billing"));
    let report = member.wait_for("everything was read", |statistics| statistics.rxmsgs == 150);
    assert_eq!(report.statistics.consumer_lag(), None);
    member.commit(0, 10);
    member.commit(1, 48);
    member.wait_for("the lag is 40 and 2", |statistics| statistics.consumer_lag() == Some(42));
    member.assign(&[1, 2]);
    let report = member.wait_for("the lag is 2", |statistics| statistics.consumer_lag() == Some(2));
    let partitions = &report.statistics.topics["orders"].partitions;
    assert_eq!((partitions[&1].lag(), partitions[&2].lag()), (Some(2), None));
}

#[test]
fn a_client_whose_name_breaks_the_json_is_read() {
    let cluster = cluster(1);
    for name in ["\"quoted\"", "CORP\\build", "7\\", "a, \"b\": {1}", "tab\there", "\u{1}", "Ünïcödé"] {
        let statistics = produced(cluster.config().client_id(name), 1).statistics;
        assert_eq!(statistics.client_id, name);
        assert!(statistics.name.starts_with(&format!("{name}#producer-")), "{}", statistics.name);
        assert_eq!((statistics.txmsgs, statistics.brokers.is_empty()), (1, false));
    }
}

#[test]
fn a_number_that_does_not_fit_becomes_the_nearest_that_does() {
    let check = |number: &str, count: u64, offset: i64, id: i32| {
        let text = format!(
            r#"{{ "tx": {number}, "topics": {{ "t": {{ "partitions": {{ "3": {{
                "hi_offset": {number}, "leader": {number}, "msgs": 8 }} }} }} }}, "rx": 9 }}"#
        );
        let statistics = parse(&text);
        let partition = &statistics.topics["t"].partitions[&3];
        assert_eq!((statistics.tx, partition.hi_offset, partition.leader), (count, offset, id), "{number}");
        assert_eq!((statistics.rx, partition.msgs), (9, 8), "{number}");
    };
    check("12", 12, 12, 12);
    check("-5", 0, -5, -5);
    check("-1", 0, -1, -1);
    check("007", 7, 7, 7);
    check("-007", 0, -7, -7);
    check("+4", 4, 4, 4);
    check("000", 0, 0, 0);
    check("3.9", 3, 3, 3);
    check("-2.5e2", 0, -250, -250);
    check("18446744073709551615", u64::MAX, i64::MAX, i32::MAX);
    check("-9223372036854775808", 0, i64::MIN, i32::MIN);
    check("99999999999999999999999999", u64::MAX, i64::MAX, i32::MAX);
    check("-99999999999999999999999999", 0, i64::MIN, i32::MIN);
    check(&"9".repeat(400), u64::MAX, i64::MAX, i32::MAX);
    check("1e400", u64::MAX, i64::MAX, i32::MAX);
    check("inf", u64::MAX, i64::MAX, i32::MAX);
    check("-Infinity", 0, i64::MIN, i32::MIN);
    check("\"11\"", 11, 11, 11);
    check("true", 1, 1, 1);
    // No numbers at all: as if they were not there.
    for nothing in ["nan", "-nan", "NaN", "null", "", "-", "0x1f", "1.#QNAN", "undefined"] {
        check(nothing, 0, -1001, -1);
    }
}

#[test]
fn a_value_of_the_wrong_kind_costs_only_itself() {
    let statistics = parse(
        r#"{ "name": 7, "brokers": 3, "cgrp": nan, "eos": { "txn_may_enq": 1, "producer_id": null }, "rx": [1],
             "topics": { "t": { "topic": ["t"], "partitions": { "x": {}, "0": 5, "007": { "desired": "true" } } } } }"#,
    );
    assert_eq!((statistics.name.as_str(), statistics.brokers.len(), statistics.group), ("7", 0, None));
    let eos = statistics.eos.unwrap();
    assert_eq!((eos.txn_may_enq, eos.producer_id), (true, -1));
    let partitions = &statistics.topics["t"].partitions;
    assert_eq!(partitions.keys().copied().collect::<Vec<_>>(), [0, 7]);
    assert_eq!((&partitions[&0], partitions[&7].desired), (&Partition::default(), true));
}

#[test]
fn quotes_in_the_words_of_librdkafka_belong_to_them() {
    let statistics = parse(
        r#"{ "cgrp": { "rebalance_reason": "assignor "range" failed: \x", "assignment_size": 2 }, "fatal": {
             "error": "Local: "fenced"", "reason": "by "b", a static member", "cnt": 1}, "tx":3}"#,
    );
    let group = statistics.group.unwrap();
    assert_eq!(
        (group.rebalance_reason.as_str(), group.assignment_size),
        (r#"assignor "range" failed: \x"#, 2)
    );
    let Fatal { error, reason, cnt, .. } = statistics.fatal.unwrap();
    assert_eq!(
        (error.as_str(), reason.as_str(), cnt),
        (r#"Local: "fenced""#, r#"by "b", a static member"#, 1)
    );
    assert_eq!(statistics.tx, 3);
}

#[test]
fn what_is_left_out_has_its_default_and_what_is_unknown_is_ignored() {
    let statistics = parse(
        r#" {"tx": 1, "novelty": {"a": [1, {"b": null}]}, "brokers": {"b": {"novelty": 1}}, "eos": {}}"#,
    );
    assert_eq!((statistics.tx, statistics.rx, statistics.eos), (1, 0, Some(Eos::default())));
    assert_eq!((statistics.brokers["b"].txidle, statistics.brokers["b"].nodeid), (-1, -1));
    assert_eq!((Partition::default().hi_offset, Partition::default().lag()), (-1001, None));
    assert_eq!(parse("{}"), Statistics::default());
}

#[test]
fn a_text_that_is_no_report_is_refused_with_its_place() {
    let refuse = |text: &str, line: usize, column: usize| {
        let error: StatisticsError = Statistics::parse(text).unwrap_err();
        assert_eq!((error.line(), error.column()), (line, column), "{text}");
        let shown = format!("not a report of librdkafka's statistics: line {line}, column {column}");
        assert_eq!(error.to_string(), shown);
        assert!(std::error::Error::source(&error).is_some());
    };
    refuse("", 1, 0);
    refuse("null", 1, 4);
    refuse("[]", 1, 0);
    refuse("17", 1, 2);
    refuse("no report", 1, 2);
    refuse("{\n  \"tx\": 1,\n  \"brokers\": { ", 3, 15);
    refuse("{\"tx\": 1} {}", 1, 11);
    refuse("{\"tx\" 1}", 1, 7);
    let deep = "[".repeat(100_000);
    refuse(&deep, 1, 0);
    refuse(&format!("{{\"a\":{deep}"), 1, 132);
}

#[test]
fn a_report_that_breaks_off_is_refused() {
    for text in [CONSUMER.trim_end(), PRODUCER.trim_end()] {
        for end in (0..text.len()).step_by(31) {
            assert!(Statistics::parse(&text[..end]).is_err(), "{end}");
        }
    }
}

/// Where a report's numbers stand.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
    let values = text.match_indices("\":").map(|(index, mark)| index + mark.len());
    let values = values.map(|start| start + text[start..].len() - text[start..].trim_start().len());
    let values =
        values.map(|start| start..start + text[start..].bytes().take_while(|byte| is_part(byte)).count());
    values.filter(|range| !range.is_empty()).collect()
}

/// How many leaves of two values differ, or are in one of them only.
fn differences(one: &Value, other: &Value) -> usize {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let only_in_other = other.keys().filter(|key| !one.contains_key(*key)).count();
            let in_one =
                one.iter().map(|(key, one)| other.get(key).map_or(1, |other| differences(one, other)));
            in_one.sum::<usize>() + only_in_other
        }
        _ => usize::from(one != other),
    }
}

fn bad_number() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-+]?[0-9]{1,40}",
        "[-+]?[0-9]{0,3}[.][0-9]{0,3}(e[0-9]{1,4})?",
        "-?(nan|NaN|inf|Infinity)",
        "[a-z-]*"
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_bad_number_costs_only_itself(
        producer in any::<bool>(),
        which in any::<prop::sample::Index>(),
        number in bad_number(),
    ) {
        let text = if producer { PRODUCER } else { CONSUMER };
        let mut damaged = text.to_owned();
        damaged.replace_range(which.get(&numbers(text)).clone(), &number);
        let [sound, damaged] = [text, damaged.as_str()].map(|text| json!(parse(text)));
        prop_assert!(differences(&sound, &damaged) <= 1);
    }

    #[test]
    fn a_name_is_read_as_it_is(name in r#"[a-z\\"\t\r\n\x00\x7f é.#/-]{0,24}"#) {
        let text = CONSUMER.replace(r#""client_id": "reader""#, &format!(r#""client_id": "{name}""#));
        let mut expected = parse(CONSUMER);
        expected.client_id = name;
        prop_assert_eq!(parse(&text), expected);
    }

    #[test]
    fn no_text_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), object in any::<bool>()) {
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if object {
            text.insert(0, '{');
        }
        let begins_as_object = text.trim_start().starts_with('{');
        prop_assert!(Statistics::parse(&text).is_err() || begins_as_object);
    }

    #[test]
    fn no_damage_makes_it_panic(
        cuts in prop::collection::vec(
            (any::<prop::sample::Index>(), 0..12_usize, r#"(["\\{}\[\],: \x000-9e+-]|nan|é){0,6}"#),
            1..8,
        ),
    ) {
        let mut text: Vec<char> = CONSUMER.chars().collect();
        for (at, length, new) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        match Statistics::parse(&text) {
            Ok(statistics) => prop_assert_eq!(parse(&text), statistics),
            Err(error) => prop_assert!(error.line() >= 1),
        }
    }
}
