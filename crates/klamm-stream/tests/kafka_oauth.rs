//! Tokens on a real cluster: `cargo xtask test --only kafka`.

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use common::soon;
use klamm_core::{Config, ErrorCode, ErrorKind, Message, OauthToken, TokenProvider};
use klamm_producer::{DeliveryError, Producer, Record};
use klamm_stream::Consumer;
use klamm_testing::KafkaCluster;

/// The brokers' listeners that want a token.
const VARIABLE: &str = "KLAMM_KAFKA_OAUTH";
/// How long a token is valid, and with it a connection. librdkafka looks once a second whether four fifths of it have passed,
/// so that one of fifteen seconds is replaced with two of them left. A connection that is made in a token's last second is
/// refused: it is authenticated anew after nine tenths of what is left, and a broker takes that no sooner than after a second.
const LIFETIME: Duration = Duration::from_secs(15);

fn settings(config: Config) -> Config {
    let servers = std::env::var(VARIABLE).expect("`cargo xtask kafka run -- …` sets it");
    config
        .bootstrap_servers(servers)
        .set("security.protocol", "sasl_plaintext")
        .set("sasl.mechanisms", "OAUTHBEARER")
        .set("sasl.oauthbearer.config", "billing")
}

/// Encodes as RFC 4648 says for URLs, without padding.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let encode = |group: &[u8]| {
        let bits = (0..3).fold(0, |bits, index| bits << 8 | usize::from(*group.get(index).unwrap_or(&0)));
        (0..=group.len()).map(|digit| char::from(DIGITS[bits >> (18 - 6 * digit) & 63])).collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}

#[test]
fn base64url_is_that_of_the_rfc() {
    for (bytes, text) in
        [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff", "-_8")]
    {
        assert_eq!(base64url(bytes), text);
    }
}

/// Makes a token that nobody has signed.
fn token(principal: &str, lifetime: Duration) -> OauthToken {
    let expires = SystemTime::now() + lifetime;
    let seconds = expires.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = format!(r#"{{"sub":"{principal}","exp":{seconds}}}"#);
    let jwt = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(claims.as_bytes()));
    OauthToken::new(jwt, UNIX_EPOCH + Duration::from_secs(seconds)).unwrap().principal(principal).unwrap()
}

/// Makes short tokens on the runtime, as one does who asks a service for them, and counts them.
fn provider(made: Arc<AtomicUsize>) -> impl TokenProvider {
    let runtime = tokio::runtime::Handle::current();
    move |principal: String| {
        made.fetch_add(1, Ordering::Relaxed);
        runtime.spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            token(&principal, LIFETIME)
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_replaced_while_records_are_sent_and_read() {
    let cluster = KafkaCluster::from_env().expect("`cargo xtask kafka run -- …` sets KLAMM_KAFKA");
    let topic = format!("oauth-{}", std::process::id());
    cluster.create_topic(&topic, 2, 1).unwrap();
    let made: [Arc<AtomicUsize>; 2] = Default::default();
    let has_made = |count| made.iter().all(|made| made.load(Ordering::Relaxed) >= count);
    let producer = Producer::builder(settings(Config::new().set("linger.ms", 1)));
    let producer = producer.token_provider(provider(Arc::clone(&made[0]))).start().unwrap();
    let consumer = Consumer::builder(settings(cluster.consumer_config(&topic)));
    let consumer = consumer.token_provider(provider(Arc::clone(&made[1]))).subscribe([&topic]).unwrap();
    let (mut sent, mut last) = (0_u32, None);
    let working = async {
        // The third token is in use while the fourth is made.
        while !has_made(4) {
            let payload = sent.to_be_bytes();
            producer.send(Record::to(topic.as_str()).payload(payload.to_vec())).await.unwrap();
            let message = consumer.recv().await.unwrap();
            assert_eq!(message.payload(), Some(&payload[..]), "one is read for each that is sent");
            last = Some(message);
            sent += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), working).await.expect("four tokens within two minutes");
    soon("a commit", consumer.commit(&last.unwrap())).await.unwrap();
    println!(
        "{sent} records, {} and {} tokens",
        made[0].load(Ordering::Relaxed),
        made[1].load(Ordering::Relaxed)
    );
    assert!(soon("close", consumer.close(Duration::from_secs(20))).await.has_left);
    assert_eq!(soon("close", producer.close(Duration::from_secs(20))).await.records, 0);
}

#[tokio::test]
async fn a_token_that_the_broker_refuses_is_an_error() {
    // librdkafka sends any token; this one says nothing to a broker.
    let refused = |_: String| async {
        let expires = SystemTime::now() + Duration::from_secs(600);
        OauthToken::new("bm8.dG9rZW4.", expires)
    };
    let topic = "no-such-topic";
    let config = settings(Config::new().group_id("oauth-refused"));
    let consumer = Consumer::builder(config).token_provider(refused).subscribe([topic]).unwrap();
    let error = soon("an error", consumer.recv()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Client { code: ErrorCode::AUTHENTICATION, .. }), "{error:?}");
    assert!(!error.is_retriable(), "{error:?}");
    let producer = Producer::builder(settings(Config::new()).set("message.timeout.ms", 3_000));
    let producer = producer.token_provider(refused).start().unwrap();
    let error = soon("a report", producer.send(Record::to(topic).payload("p"))).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Failed { .. }), "{error:?}");
}
