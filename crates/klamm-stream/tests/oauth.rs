//! Tokens for SASL/OAUTHBEARER, without a broker: whether a token was taken shows in that librdkafka then connects.

mod common;

use std::{
    net::TcpListener,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use common::{TOPIC, soon};
use klamm_core::{Config, ConfigError, ErrorKind, OauthToken, OwnedMessage, oauth::TokenError};
use klamm_stream::{Builder, Consumer};
use klamm_testing::seen_log;
use tokio::sync::{mpsc, oneshot};

const SECRET: &str = "s3cr3t-t0k3n";

fn token(lifetime: Duration) -> OauthToken {
    OauthToken::new(SECRET, SystemTime::now() + lifetime).unwrap().principal("billing").unwrap()
}

fn long() -> OauthToken {
    token(Duration::from_secs(600))
}

/// Where a broker would be: hears who connects, and says nothing.
struct Door {
    address: String,
    knocks: mpsc::UnboundedReceiver<()>,
}

impl Door {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (knock, knocks) = mpsc::unbounded_channel();
        // Ends with the process, or with the first knock after the test.
        thread::spawn(move || {
            let guests = listener.incoming().flatten();
            guests.take_while(|_| knock.send(()).is_ok()).collect::<Vec<_>>()
        });
        Self { address, knocks }
    }

    fn config(&self) -> Config {
        Config::new()
            .bootstrap_servers(&self.address)
            .group_id("group")
            .set("security.protocol", "sasl_plaintext")
            .set("sasl.mechanisms", "OAUTHBEARER")
            .set("sasl.oauthbearer.config", "scope=orders")
    }

    fn consumer(&self) -> Builder {
        Consumer::builder(self.config())
    }

    async fn is_knocked_at(&mut self) {
        soon("a connection", self.knocks.recv()).await.unwrap();
    }

    fn is_quiet(&mut self) -> bool {
        self.knocks.try_recv().is_err()
    }
}

#[tokio::test]
async fn the_provider_is_asked_although_nothing_is_read() {
    let mut door = Door::new();
    let (ask, mut asked) = mpsc::unbounded_channel();
    let provider = move |config: String| {
        ask.send(config).unwrap();
        async { Ok::<_, TokenError>(long()) }
    };
    let consumer = door.consumer().token_provider(provider).subscribe([TOPIC]).unwrap();
    assert_eq!(soon("a request", asked.recv()).await.unwrap(), "scope=orders");
    door.is_knocked_at().await;
    drop(consumer);
}

#[tokio::test]
async fn a_provider_that_waits_elsewhere_blocks_nothing() {
    let mut door = Door::new();
    let runtime = tokio::runtime::Handle::current();
    let (ask, mut asked) = mpsc::unbounded_channel();
    let provider = move |_: String| {
        let (reply, answer) = oneshot::channel();
        ask.send(reply).unwrap();
        // On the runtime, where the client of a token service would be.
        let fetched = runtime.spawn(answer);
        async { fetched.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string()) }
    };
    let consumer = door.consumer().token_provider(provider).subscribe([TOPIC]).unwrap();
    let reply = soon("a request", asked.recv()).await.unwrap();
    // The control thread answers while the token is on its way.
    let by_hand = OwnedMessage::builder(TOPIC).build();
    let error = soon("an answer", consumer.commit(&by_hand)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::EpochClosed { .. }), "{error:?}");
    assert!(door.is_quiet(), "connected without a token");
    reply.send(long()).unwrap();
    door.is_knocked_at().await;
    drop(consumer);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends() {
    let door = Door::new();
    let (ask, mut asked) = mpsc::unbounded_channel();
    let provider = move |_: String| {
        ask.send(Instant::now()).unwrap();
        async { Ok::<_, TokenError>(token(Duration::from_secs(2))) }
    };
    let consumer = door.consumer().token_provider(provider).subscribe([TOPIC]).unwrap();
    let mut times = Vec::new();
    for _ in 0..4 {
        times.push(soon("a request", asked.recv()).await.unwrap());
    }
    // librdkafka looks once a second; one that was not taken would be asked for again after ten.
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < Duration::from_secs(8), "{times:?}");
    drop(consumer);
}

/// The provider's first token fails; its second must be asked for, ten seconds later, and be used.
async fn check_is_asked_again<E>(first: fn() -> Result<OauthToken, E>, told: &str)
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    let mut door = Door::new();
    let calls = AtomicUsize::new(0);
    let provider = move |_: String| {
        let is_first = calls.fetch_add(1, Ordering::Relaxed) == 0;
        async move { if is_first { first() } else { Ok(long()) } }
    };
    let consumer = door.consumer().token_provider(provider).subscribe([TOPIC]).unwrap();
    let error = soon("an error", consumer.recv()).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Token { reason } if reason == told), "{error:?}");
    assert!(error.is_retriable() && !error.is_fatal());
    assert!(door.is_quiet(), "connected without a token");
    door.is_knocked_at().await;
    drop(consumer);
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_again() {
    #[derive(Debug, thiserror::Error)]
    #[error("no signer")]
    struct NoSigner(#[from] std::io::Error);
    let fails = || Err(NoSigner(std::io::Error::other("no\0key")));
    check_is_asked_again(fails, "no signer: no\u{fffd}key").await;
}

#[tokio::test]
async fn a_provider_that_panics_is_asked_again() {
    check_is_asked_again::<String>(|| panic!("on purpose"), "the token provider panicked").await;
}

#[tokio::test]
async fn a_provider_that_never_ends_delays_neither_close_nor_drop() {
    for is_closed in [true, false] {
        let door = Door::new();
        let (ask, mut asked) = mpsc::unbounded_channel();
        let provider = move |_: String| {
            let (alive, is_dropped) = oneshot::channel::<()>();
            ask.send(is_dropped).unwrap();
            async move {
                let _alive = alive;
                std::future::pending::<Result<_, String>>().await
            }
        };
        let consumer = door.consumer().token_provider(provider).subscribe([TOPIC]).unwrap();
        let is_dropped = soon("a request", asked.recv()).await.unwrap();
        let started = Instant::now();
        if is_closed {
            soon("close", consumer.close(Duration::from_millis(500))).await;
            assert!(started.elapsed() < Duration::from_secs(5), "close took {:?}", started.elapsed());
        }
        let started = Instant::now();
        drop(consumer);
        assert!(started.elapsed() < Duration::from_millis(50), "drop took {:?}", started.elapsed());
        soon("the future's end", is_dropped).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_token_is_never_shown() {
    drop(seen_log::lines());
    let mut door = Door::new();
    let provider = |_: String| async { Ok::<_, TokenError>(token(Duration::from_secs(2))) };
    let builder = Consumer::builder(door.config().set("debug", "all")).token_provider(provider);
    let builder_shown = format!("{builder:?}");
    let consumer = builder.subscribe([TOPIC]).unwrap();
    door.is_knocked_at().await;
    let is_set = |line: &String| line.contains("OAUTHBEARER token");
    soon("librdkafka's log", async {
        while !seen_log::lines().iter().any(is_set) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let consumer_shown = format!("{consumer:?}");
    soon("close", consumer.close(Duration::from_millis(500))).await;
    let lines = seen_log::lines();
    for shown in lines.iter().chain([&builder_shown, &consumer_shown]) {
        assert!(!shown.contains(SECRET) && !shown.contains("scope=orders"), "{shown}");
    }
}

#[tokio::test]
async fn librdkafka_replaces_the_unsecured_tokens_that_it_makes() {
    drop(seen_log::lines());
    let door = Door::new();
    let config = door.config().set("enable.sasl.oauthbearer.unsecure.jwt", true);
    let config = config.set("sasl.oauthbearer.config", "principal=billing lifeSeconds=2");
    let consumer = Consumer::builder(config.set("debug", "security")).subscribe([TOPIC]).unwrap();
    let is_made = |line: &&String| line.contains("Creating unsecured token");
    soon("a third token", async {
        while seen_log::lines().iter().filter(is_made).count() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    drop(consumer);
}

#[test]
fn a_client_whose_tokens_nobody_makes_is_refused() {
    let door = Door::new();
    let error = door.consumer().subscribe([TOPIC]).unwrap_err();
    let ErrorKind::Config(ConfigError::Refused { key, reason, .. }) = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(*key, "sasl.mechanisms");
    assert!(reason.contains("token provider"), "{reason}");
}

#[test]
fn a_provider_that_would_never_be_asked_is_refused() {
    let config = Config::new().bootstrap_servers("127.0.0.1:1").group_id("group");
    let provider = |_: String| async { Ok::<_, TokenError>(long()) };
    let error = Consumer::builder(config).token_provider(provider).subscribe([TOPIC]).unwrap_err();
    let ErrorKind::Config(error) = error.kind() else { panic!("{error:?}") };
    assert!(matches!(error, ConfigError::Missing { key: "sasl.mechanisms", .. }), "{error:?}");
}
