//! Members in a process of their own, which can be stopped and let go on.

use std::{
    collections::HashMap,
    env,
    io::{BufRead, BufReader, Write, stdin},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use futures_util::future::join_all;
use klamm_core::{Message, SharedMessage};
use klamm_stream::Consumer;
use tokio::sync::broadcast;

use super::{Group, PROTOCOLS, cluster, settings};

/// Names the topic to the process, and tells it that it is one.
const VARIABLE: &str = "KLAMM_MEMBERS_OF";
/// How often a member commits what it has read.
const PACE: Duration = Duration::from_millis(200);

/// A process with one more member for each group, of which it is told what it reads.
pub(crate) struct Process {
    child: Child,
    orders: ChildStdin,
    said: Arc<Mutex<HashMap<(String, String), String>>>,
}

impl Process {
    /// Runs the members and returns true if this is the process for them, which ends with the test that asks.
    pub(crate) async fn is_this() -> bool {
        let Ok(topic) = env::var(VARIABLE) else { return false };
        // The test runner has begun a line.
        println!();
        let (orders, _) = broadcast::channel(8);
        let members = PROTOCOLS.map(|protocol| member(protocol, topic.clone(), orders.subscribe()));
        thread::spawn(move || {
            for order in stdin().lines().map_while(Result::ok) {
                orders.send(order).ok();
            }
        });
        join_all(members).await;
        true
    }

    /// Starts the process, which is `test` of this program once more.
    pub(crate) fn start(test: &str, topic: &str, groups: &[Group]) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(VARIABLE, topic);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (orders, lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let accounts: HashMap<_, _> =
            groups.iter().map(|group| (group.name.to_owned(), group.account.clone())).collect();
        let process = Self { child, orders, said: Arc::default() };
        let said = Arc::clone(&process.said);
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut words = line.splitn(3, ' ').map(str::to_owned);
                let (Some(name), Some(verb), Some(what)) = (words.next(), words.next(), words.next()) else {
                    continue;
                };
                let Some(account) = accounts.get(&name) else { continue };
                if verb == "error" {
                    account.add_error(&what);
                }
                if verb == "read" {
                    let mut words = what.splitn(3, ' ');
                    let (partition, offset) = (words.next().unwrap(), words.next().unwrap());
                    let assignment = format!("there, {} {partition}", words.next().unwrap());
                    account.enter(partition.parse().unwrap(), offset.parse().unwrap(), &assignment);
                }
                said.lock().unwrap_or_else(PoisonError::into_inner).insert((name, verb), what);
            }
        });
        process
    }

    /// Tells all members what to do: `hold`, `late` or `close`.
    pub(crate) fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Returns the last that the member of a group has said under this word.
    pub(crate) fn said(&self, name: &str, verb: &str) -> Option<String> {
        self.lock().get(&(name.to_owned(), verb.to_owned())).cloned()
    }

    /// Stops the process where it stands (`STOP`), or lets it go on (`CONT`).
    pub(crate) fn signal(&self, signal: &str) {
        let arguments = [format!("-{signal}"), self.child.id().to_string()];
        assert!(Command::new("kill").args(arguments).status().unwrap().success());
    }

    /// Has every member leave, and waits until the process has ended well.
    pub(crate) async fn close(mut self) {
        self.order("close");
        for (name, _) in PROTOCOLS {
            super::until("each member to leave", || self.said(name, "closed").is_some()).await;
            assert_eq!(self.said(name, "closed").as_deref(), Some("true"), "{name} has left in order");
        }
        assert!(self.child.wait().unwrap().success());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended is no error.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A member that reads, commits, does as it is told, and says so: its group, a word, and what belongs to that.
async fn member(
    (name, protocol): (&str, &[(&str, &str)]),
    topic: String,
    mut orders: broadcast::Receiver<String>,
) {
    let config =
        settings(&cluster(), &Group::id(&topic, name), protocol).set("client.id", format!("{name}-there"));
    let consumer = Consumer::builder(config).subscribe([&topic]).unwrap();
    let (mut latest, mut held) = (HashMap::<i32, SharedMessage>::new(), None::<SharedMessage>);
    let (mut is_holding, mut ticks) = (false, tokio::time::interval(PACE));
    loop {
        tokio::select! {
            item = consumer.recv() => match item {
                Ok(message) => {
                    let message = message.share();
                    let (partition, offset) = (message.partition(), message.offset());
                    println!("{name} read {partition} {offset} {:?}", message.epoch());
                    if is_holding && held.is_none() {
                        println!("{name} held {partition} {offset}");
                        held = Some(message);
                    } else {
                        latest.insert(partition, message);
                    }
                }
                Err(error) => println!("{name} error {error}"),
            },
            _ = ticks.tick(), if !is_holding => {
                // What fails is delivered again, or what is read later is committed.
                join_all(latest.values().map(|message| consumer.commit(message))).await;
                latest.clear();
            }
            order = orders.recv() => match order.as_deref() {
                // From here on nothing is committed.
                Ok("hold") => is_holding = true,
                Ok("late") => {
                    match consumer.commit(&held.take().unwrap()).await {
                        Ok(()) => println!("{name} late counts"),
                        Err(error) => println!("{name} late {error}"),
                    }
                    is_holding = false;
                }
                _ => {
                    let report = consumer.close(Duration::from_secs(60)).await;
                    return println!("{name} closed {}", report.has_left);
                }
            },
        }
    }
}
