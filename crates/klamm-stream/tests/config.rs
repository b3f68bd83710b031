//! Settings that are refused, by name and with a reason.

use klamm_core::{Config, ConfigError, ErrorKind};
use klamm_stream::Consumer;

fn check(config: Config) -> ConfigError {
    let config = config.bootstrap_servers("127.0.0.1:1");
    let error = Consumer::builder(config).subscribe(["orders"]).expect_err("it should be refused");
    match error.kind() {
        ErrorKind::Config(error) => error.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused_by_name() {
    let group = || Config::new().group_id("group");
    for (config, key) in [
        (group().set("enable.auto.commit", true), "enable.auto.commit"),
        (group().set("enable.auto.offset.store", "true"), "enable.auto.offset.store"),
        (group().set("enable.partition.eof", true), "enable.partition.eof"),
        (group().set("no.such.key", 1), "no.such.key"),
        (group().set("session.timeout.ms", "soon"), "session.timeout.ms"),
        (group().set("client.id", "a\0b"), "client.id"),
        (Config::new(), "group.id"),
    ] {
        let error = check(config);
        let text = error.to_string();
        assert!(text.contains(key) && text.len() > key.len() + 10, "{text}");
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    // librdkafka wants `session.timeout.ms` below `max.poll.interval.ms`.
    let config = Config::new().group_id("group").set("session.timeout.ms", 400_000);
    let error = check(config);
    assert!(
        matches!(&error, ConfigError::Inconsistent { reason } if reason.contains("max.poll.interval.ms")),
        "{error}"
    );
}

#[test]
fn a_topic_that_cannot_be_one_is_refused() {
    let config = Config::new().group_id("group").bootstrap_servers("127.0.0.1:1");
    assert!(Consumer::builder(config).subscribe(["a\0b"]).is_err());
}
