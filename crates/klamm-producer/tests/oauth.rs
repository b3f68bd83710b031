//! Tokens for SASL/OAUTHBEARER, without a broker: whether a token was taken shows in that librdkafka then connects.

use std::{
    future::Future,
    net::TcpListener,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt;
use klamm_core::{Config, ConfigError, ErrorKind, OauthToken, oauth::TokenError};
use klamm_producer::{Builder, Producer, Record};
use klamm_testing::seen_log;

const SECRET: &str = "s3cr3t-t0k3n";

fn token(lifetime: Duration) -> OauthToken {
    OauthToken::new(SECRET, SystemTime::now() + lifetime).unwrap().principal("billing").unwrap()
}

fn long() -> OauthToken {
    token(Duration::from_secs(600))
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), future).await {
        Ok(output) => output,
        Err(late) => panic!("{what}: {late}, 30 s"),
    }
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
        let (knock, knocks) = mpsc::unbounded();
        // Ends with the process, or with the first knock after the test.
        thread::spawn(move || {
            let guests = listener.incoming().flatten();
            guests.take_while(|_| knock.unbounded_send(()).is_ok()).collect::<Vec<_>>()
        });
        Self { address, knocks }
    }

    fn config(&self) -> Config {
        Config::new()
            .bootstrap_servers(&self.address)
            .set("security.protocol", "sasl_plaintext")
            .set("sasl.mechanisms", "OAUTHBEARER")
    }

    fn producer(&self) -> Builder {
        Producer::builder(self.config())
    }

    async fn is_knocked_at(&mut self) {
        soon("a connection", self.knocks.next()).await.unwrap();
    }

    fn is_quiet(&mut self) -> bool {
        self.knocks.try_recv().is_err()
    }
}

#[tokio::test]
async fn the_provider_is_asked_although_nothing_is_sent() {
    let mut door = Door::new();
    let (ask, mut asked) = mpsc::unbounded();
    let provider = move |config: String| {
        ask.unbounded_send(config).unwrap();
        async { Ok::<_, TokenError>(long()) }
    };
    let producer = door.producer().token_provider(provider).start().unwrap();
    assert_eq!(soon("a request", asked.next()).await.unwrap(), "");
    door.is_knocked_at().await;
    drop(producer);
}

#[tokio::test]
async fn a_provider_that_waits_elsewhere_blocks_nothing() {
    let mut door = Door::new();
    let runtime = tokio::runtime::Handle::current();
    let (ask, mut asked) = mpsc::unbounded();
    let provider = move |_: String| {
        let (reply, answer) = oneshot::channel();
        ask.unbounded_send(reply).unwrap();
        // On the runtime, where the client of a token service would be.
        let fetched = runtime.spawn(answer);
        async { fetched.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string()) }
    };
    let builder = Producer::builder(door.config().set("message.timeout.ms", 100));
    let producer = builder.token_provider(provider).start().unwrap();
    let reply = soon("a request", asked.next()).await.unwrap();
    // The control thread reads reports while the token is on its way.
    soon("a report", producer.send(Record::to("orders").payload("p"))).await.unwrap_err();
    assert!(door.is_quiet(), "connected without a token");
    reply.send(long()).unwrap();
    door.is_knocked_at().await;
    drop(producer);
}

#[tokio::test]
async fn a_provider_that_fails_or_panics_is_asked_again() {
    let mut door = Door::new();
    let calls = AtomicUsize::new(0);
    let (ask, mut asked) = mpsc::unbounded();
    let provider = move |_: String| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        ask.unbounded_send(call).unwrap();
        async move {
            match call {
                0 => Err("no signer"),
                1 => panic!("on purpose"),
                _ => Ok(long()),
            }
        }
    };
    let producer = door.producer().token_provider(provider).start().unwrap();
    for call in 0..3 {
        assert!(door.is_quiet(), "connected without a token");
        assert_eq!(soon("a request", asked.next()).await, Some(call));
    }
    door.is_knocked_at().await;
    drop(producer);
}

#[tokio::test]
async fn a_token_that_comes_while_closing_is_used() {
    let mut door = Door::new();
    let (ask, mut asked) = mpsc::unbounded();
    let provider = move |_: String| {
        let (reply, answer) = oneshot::channel();
        ask.unbounded_send(reply).unwrap();
        answer
    };
    let producer = door.producer().token_provider(provider).start().unwrap();
    let reply = soon("a request", asked.next()).await.unwrap();
    let delivery = producer.send(Record::to("orders").payload("p"));
    let closing = tokio::spawn(async move { producer.close(Duration::from_secs(3)).await });
    tokio::task::yield_now().await;
    reply.send(long()).unwrap();
    door.is_knocked_at().await;
    // Nobody answers behind this door.
    assert_eq!(soon("close", closing).await.unwrap().records, 1);
    delivery.await.unwrap_err();
}

#[tokio::test]
async fn a_provider_that_never_ends_delays_neither_close_nor_drop() {
    for is_closed in [true, false] {
        let door = Door::new();
        let (ask, mut asked) = mpsc::unbounded();
        let provider = move |_: String| {
            let (alive, is_dropped) = oneshot::channel::<()>();
            ask.unbounded_send(is_dropped).unwrap();
            async move {
                let _alive = alive;
                std::future::pending::<Result<_, String>>().await
            }
        };
        let producer = door.producer().token_provider(provider).start().unwrap();
        let is_dropped = soon("a request", asked.next()).await.unwrap();
        let started = Instant::now();
        if is_closed {
            assert_eq!(soon("close", producer.close(Duration::from_secs(10))).await.records, 0);
            assert!(started.elapsed() < Duration::from_secs(5), "close took {:?}", started.elapsed());
        }
        let started = Instant::now();
        drop(producer);
        assert!(started.elapsed() < Duration::from_millis(50), "drop took {:?}", started.elapsed());
        soon("the future's end", is_dropped).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_token_is_never_shown() {
    drop(seen_log::lines());
    let mut door = Door::new();
    let provider = |_: String| async { Ok::<_, TokenError>(long()) };
    let builder = Producer::builder(door.config().set("debug", "all")).token_provider(provider);
    let builder_shown = format!("{builder:?}");
    let producer = builder.start().unwrap();
    door.is_knocked_at().await;
    let is_set = |line: &String| line.contains("OAUTHBEARER token");
    soon("librdkafka's log", async {
        while !seen_log::lines().iter().any(is_set) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let producer_shown = format!("{producer:?}");
    let lines = seen_log::lines();
    for shown in lines.iter().chain([&builder_shown, &producer_shown]) {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn a_client_whose_tokens_nobody_makes_is_refused() {
    let error = Door::new().producer().start().unwrap_err();
    let ErrorKind::Config(error) = error.kind() else { panic!("{error:?}") };
    assert!(matches!(error, ConfigError::Refused { key: "sasl.mechanisms", .. }), "{error:?}");
}

#[test]
fn a_provider_that_would_never_be_asked_is_refused() {
    let provider = |_: String| async { Ok::<_, TokenError>(long()) };
    let config = Door::new().config().set("sasl.oauthbearer.method", "oidc");
    let error = Producer::builder(config).token_provider(provider).start().unwrap_err();
    let ErrorKind::Config(error) = error.kind() else { panic!("{error:?}") };
    assert!(matches!(error, ConfigError::Refused { key: "sasl.oauthbearer.method", .. }), "{error:?}");
}
