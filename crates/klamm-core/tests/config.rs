//! Settings as librdkafka takes them: what is accepted, what is refused and why, and what is never said.

use std::time::{Duration, Instant};

use klamm_core::{
    Config, ConfigError, ErrorCode, ErrorKind,
    config::{
        Acks, AssignmentStrategy, AutoOffsetReset, Compression, DebugContext, GroupProtocol, IsolationLevel,
        LogLevel, Partitioner, SaslMechanism, SecurityProtocol,
    },
    native::{Client, Event, EventQueue},
};

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

#[track_caller]
fn check(config: &Config, settings: &[(&str, &str)]) {
    let written: Vec<_> = config.iter().collect();
    let mut expected = settings.to_vec();
    expected.sort_unstable();
    assert_eq!(written, expected);
    config.validate().unwrap();
}

#[test]
fn connections_are_set_under_librdkafkas_keys() {
    let config = Config::new()
        .bootstrap_servers("localhost:9092,[::1]:9093")
        .client_id("me")
        .client_rack("rack")
        .socket_timeout(10 * MILLI)
        .connection_setup_timeout(Duration::MAX)
        .connections_max_idle(30 * DAY)
        .socket_keepalive(true)
        .reconnect_backoff(Duration::ZERO)
        .reconnect_backoff_max(3600 * SECOND)
        .retry_backoff(MILLI)
        .retry_backoff_max(300 * SECOND)
        .metadata_refresh_interval(3600 * SECOND)
        .allow_auto_create_topics(true)
        .statistics_interval(DAY)
        .log_level(LogLevel::Debug)
        .debug([DebugContext::Group, DebugContext::Fetch]);
    let settings = [
        ("bootstrap.servers", "localhost:9092,[::1]:9093"),
        ("client.id", "me"),
        ("client.rack", "rack"),
        ("socket.timeout.ms", "10"),
        ("socket.connection.setup.timeout.ms", "2147483647"),
        ("connections.max.idle.ms", "2147483647"),
        ("socket.keepalive.enable", "true"),
        ("reconnect.backoff.ms", "0"),
        ("reconnect.backoff.max.ms", "3600000"),
        ("retry.backoff.ms", "1"),
        ("retry.backoff.max.ms", "300000"),
        ("topic.metadata.refresh.interval.ms", "3600000"),
        ("allow.auto.create.topics", "true"),
        ("statistics.interval.ms", "86400000"),
        ("log_level", "7"),
        ("debug", "cgrp,fetch"),
    ];
    check(&config, &settings);
}

#[test]
fn consuming_is_set_under_librdkafkas_keys() {
    let config = Config::new()
        .group_id("group")
        .group_instance_id("instance")
        .group_protocol(GroupProtocol::Consumer)
        .group_remote_assignor("uniform")
        .auto_offset_reset(AutoOffsetReset::Error)
        .isolation_level(IsolationLevel::ReadUncommitted)
        .partition_assignment_strategy([AssignmentStrategy::Range, AssignmentStrategy::RoundRobin])
        .session_timeout(3600 * SECOND)
        .heartbeat_interval(MILLI)
        .max_poll_interval(DAY)
        .fetch_min_bytes(1)
        .fetch_max_bytes(2_147_483_135)
        .fetch_wait_max(Duration::ZERO)
        .max_partition_fetch_bytes(1_000_000_000)
        .fetch_queue_backoff(300 * SECOND)
        .fetch_error_backoff(300 * SECOND)
        .queued_min_messages(10_000_000)
        .queued_max_messages_kbytes(2_097_151)
        .check_crcs(true);
    let settings = [
        ("group.id", "group"),
        ("group.instance.id", "instance"),
        ("group.protocol", "consumer"),
        ("group.remote.assignor", "uniform"),
        ("auto.offset.reset", "error"),
        ("isolation.level", "read_uncommitted"),
        ("partition.assignment.strategy", "range,roundrobin"),
        ("session.timeout.ms", "3600000"),
        ("heartbeat.interval.ms", "1"),
        ("max.poll.interval.ms", "86400000"),
        ("fetch.min.bytes", "1"),
        ("fetch.max.bytes", "2147483135"),
        ("fetch.wait.max.ms", "0"),
        ("max.partition.fetch.bytes", "1000000000"),
        ("fetch.queue.backoff.ms", "300000"),
        ("fetch.error.backoff.ms", "300000"),
        ("queued.min.messages", "10000000"),
        ("queued.max.messages.kbytes", "2097151"),
        ("check.crcs", "true"),
    ];
    check(&config, &settings);
}

#[test]
fn producing_is_set_under_librdkafkas_keys() {
    let config = Config::new()
        .acks(Acks::All)
        .partitioner(Partitioner::Murmur2Random)
        .compression(Compression::Lz4)
        .compression_level(12)
        .linger(900 * SECOND)
        .batch_size(i32::MAX.unsigned_abs())
        .batch_num_messages(1_000_000)
        .message_max_bytes(1000)
        .message_timeout(Duration::MAX)
        .request_timeout(900 * SECOND)
        .retries(i32::MAX.unsigned_abs())
        .max_in_flight(5)
        .enable_idempotence(true)
        .transactional_id("id")
        .transaction_timeout(SECOND)
        .queue_buffering_max_messages(0)
        .queue_buffering_max_kbytes(i32::MAX.unsigned_abs());
    let settings = [
        ("acks", "all"),
        ("partitioner", "murmur2_random"),
        ("compression.type", "lz4"),
        ("compression.level", "12"),
        ("linger.ms", "900000"),
        ("batch.size", "2147483647"),
        ("batch.num.messages", "1000000"),
        ("message.max.bytes", "1000"),
        ("message.timeout.ms", "2147483647"),
        ("request.timeout.ms", "900000"),
        ("retries", "2147483647"),
        ("max.in.flight.requests.per.connection", "5"),
        ("enable.idempotence", "true"),
        ("transactional.id", "id"),
        ("transaction.timeout.ms", "1000"),
        ("queue.buffering.max.messages", "0"),
        ("queue.buffering.max.kbytes", "2147483647"),
    ];
    check(&config, &settings);
}

/// Without the feature `ssl` librdkafka knows these keys and refuses to have them set.
#[test]
fn security_is_set_under_librdkafkas_keys() {
    for config in [
        Config::new().security_protocol(SecurityProtocol::SaslPlaintext),
        Config::new().sasl_mechanism(SaslMechanism::ScramSha512),
        Config::new().sasl_username("somebody"),
        Config::new().sasl_password("hunter2"),
        Config::new().ssl_ca_location("ca.pem"),
        Config::new().ssl_ca_pem("an authority"),
        Config::new().ssl_certificate_location("certificate.pem"),
        Config::new().ssl_certificate_pem("a certificate"),
        Config::new().ssl_key_location("key.pem"),
        Config::new().ssl_key_pem("a private matter"),
        Config::new().ssl_key_password("hunter2"),
    ] {
        match config.validate() {
            Err(ConfigError::InvalidValue { key, reason }) => {
                assert!(
                    key.starts_with("ssl.") && reason.contains("not supported in this build"),
                    "{reason}"
                );
            }
            result => result.unwrap(),
        }
    }
}

#[test]
fn librdkafka_knows_every_word() {
    use AssignmentStrategy::{CooperativeSticky, Range, RoundRobin};
    use DebugContext as D;
    use Partitioner as P;
    let words = [D::Generic, D::Broker, D::Topic, D::Metadata, D::Feature, D::Queue, D::Msg, D::Protocol];
    let more = [D::Group, D::Security, D::Fetch, D::Interceptor, D::Plugin, D::Consumer, D::Admin];
    let rest = [D::ExactlyOnce, D::Mock, D::Assignor, D::Configuration, D::Telemetry, D::All];
    let config = Config::new();
    let mut configs = vec![
        config.clone().debug(words.into_iter().chain(more).chain(rest)),
        config.clone().partition_assignment_strategy([Range, RoundRobin, CooperativeSticky]),
        config.clone().group_protocol(GroupProtocol::Classic),
    ];
    configs.extend([Acks::None, Acks::Leader, Acks::All].map(|word| config.clone().acks(word)));
    configs.extend(
        [AutoOffsetReset::Earliest, AutoOffsetReset::Latest]
            .map(|word| config.clone().auto_offset_reset(word)),
    );
    let by_key = [P::Consistent, P::ConsistentRandom, P::Murmur2, P::Murmur2Random, P::Fnv1a, P::Fnv1aRandom];
    configs.extend(by_key.map(|word| config.clone().partitioner(word)));
    configs.push(config.clone().partitioner(P::Random));
    let compressions = [Compression::None, Compression::Snappy, Compression::Lz4];
    configs.extend(compressions.map(|word| config.clone().compression(word)));
    for config in configs {
        config.validate().unwrap_or_else(|error| panic!("{config:?}: {error}"));
    }
}

/// Checks that a setting is refused, by name, when it is validated and when a client is built.
#[track_caller]
fn check_refused(config: &Config, key: &str) -> ConfigError {
    let error = config.validate().expect_err(key);
    match Client::consumer(config).expect_err(key).kind() {
        ErrorKind::Config(built) => assert_eq!(*built, error),
        other => panic!("{other:?}"),
    }
    assert!(error.to_string().contains(key), "{error}");
    error
}

#[test]
fn a_duration_out_of_range_is_refused_by_name() {
    for long in [Duration::MAX, 25 * DAY, Duration::from_millis(u64::from(u32::MAX) + 20_000)] {
        for (config, key) in [
            (Config::new().session_timeout(long), "session.timeout.ms"),
            (Config::new().max_poll_interval(long), "max.poll.interval.ms"),
            (Config::new().socket_timeout(long), "socket.timeout.ms"),
            (Config::new().fetch_wait_max(long), "fetch.wait.max.ms"),
            (Config::new().statistics_interval(long), "statistics.interval.ms"),
        ] {
            let error = check_refused(&config, key);
            assert!(
                matches!(&error, ConfigError::InvalidValue { reason, .. } if reason.contains("range")),
                "{error}"
            );
        }
    }
    check_refused(&Config::new().session_timeout(Duration::ZERO), "session.timeout.ms");
}

#[test]
fn a_number_beyond_32_bits_is_refused_and_not_cut_off() {
    for (key, value) in [
        ("session.timeout.ms", "4294973296"),
        ("linger.ms", "0x100000005"),
        ("auto.commit.interval.ms", "-4294967196"),
        ("retries", "18446744073709551615"),
    ] {
        let error = check_refused(&Config::new().set(key, value), key);
        assert!(matches!(error, ConfigError::InvalidValue { .. }), "{error}");
    }
    check_refused(&Config::new().retries(u32::MAX), "retries");
    check_refused(&Config::new().fetch_max_bytes(u32::MAX), "fetch.max.bytes");
    let text = Config::new().client_id("4294973296").set("group.id", "99999999999999999999");
    text.validate().unwrap();
}

#[test]
fn a_key_that_stores_an_address_is_refused() {
    let error =
        check_refused(&Config::new().set("ut_handle_ProduceResponse", "x"), "ut_handle_ProduceResponse");
    assert!(matches!(error, ConfigError::UnknownKey { .. }), "{error}");
}

#[test]
fn no_key_and_no_value_makes_it_panic() {
    let long = "x".repeat(1 << 20);
    let odd = ["", " ", "\0", "a\0b", "ü", "\u{202e}", "🗝", "%s%n", "-1", "1e999", ",", "+,-", long.as_str()];
    let keys = ["client.id", "debug", "acks", "topic.blacklist", "sasl.mechanism", "sasl.password", "opaque"];
    for key in odd.into_iter().chain(keys) {
        for value in odd {
            if let Err(error) = Config::new().set(key, value).validate() {
                assert!(!error.to_string().contains('\0') && !format!("{error:?}").is_empty());
            }
        }
    }
}

/// Builds a client with a secret that also stands where it does not belong, and checks that the error does not repeat it.
#[track_caller]
fn check_hidden(secret: &str, config: &Config) -> ConfigError {
    let error = Client::consumer(config).expect_err("it should be refused");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(secret), "{text}");
    }
    let ErrorKind::Config(error) = error.kind() else { panic!("{error:?}") };
    assert!(!error.to_string().contains(secret), "{error}");
    error.clone()
}

#[test]
fn no_error_repeats_a_secret() {
    const SECRET: &str = "correct horse";
    let config = Config::new().sasl_password(SECRET);

    let error = check_hidden(SECRET, &config.clone().set("auto.offset.reset", SECRET));
    assert!(error.to_string().contains("[hidden]"), "{error}");
    assert!(matches!(&error, ConfigError::InvalidValue { key, .. } if key == "auto.offset.reset"), "{error}");

    let error = check_hidden(SECRET, &config.clone().set("sasl.pasword", SECRET));
    assert!(matches!(&error, ConfigError::UnknownKey { key, .. } if key == "sasl.pasword"), "{error}");

    let error = check_hidden("correct", &config.clone().set("sasl.password", "correct\0horse"));
    assert!(matches!(&error, ConfigError::InvalidValue { key, .. } if key == "sasl.password"), "{error}");

    let whole = config.security_protocol(SecurityProtocol::SaslPlaintext).set("sasl.mechanism", SECRET);
    let error = check_hidden(SECRET, &whole);
    assert!(error.to_string().contains("[hidden]"), "{error}");
}

#[test]
fn no_error_of_a_running_client_repeats_a_secret() {
    // What librdkafka names when it cannot connect, and nobody listens there.
    const SECRET: &str = "127.0.0.1:1";
    let config = Config::new().bootstrap_servers(SECRET).group_id("group").sasl_password(SECRET);
    let client = Client::consumer(&config).unwrap();
    let mut queue = EventQueue::of_consumer(&client).unwrap();
    let deadline = Instant::now() + 30 * SECOND;
    let reason = loop {
        match queue.poll(Some(deadline.saturating_duration_since(Instant::now()))) {
            Some(Event::Error(error)) if error.code == ErrorCode::TRANSPORT => break error.reason,
            Some(_) => {}
            None => panic!("no error within 30 s"),
        }
    };
    assert!(!reason.contains(SECRET) && reason.contains("[hidden]"), "{reason}");
}
