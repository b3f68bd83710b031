//! A topic on a cluster in a process of its own, so that neither's memory, threads nor time are in what is measured.

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write, stdin},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
};

use anyhow::{Context, Result};
use klamm_testing::MockCluster;

use super::{Content, Topic, writer};

/// The argument with which an area's binary is the cluster. After it come partitions, bytes of a payload, and messages of a batch.
const SERVE: &str = "serve";

/// Messages in a batch, where it does not matter.
pub(crate) const LARGE_BATCHES: usize = 10_000;

/// Is the cluster, if the command line says so, until its standard input ends.
///
/// It prints its address in a line, and for each line that says how many messages to write another when they are written.
pub fn serve() -> Option<ExitCode> {
    let mut arguments = env::args().skip(1);
    arguments.next().filter(|argument| argument == SERVE)?;
    Some(match answer(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    })
}

fn answer(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut number =
        || arguments.next().context("an argument is missing")?.parse::<usize>().context("not a number");
    let (partitions, payload, batch) = (number()?, number()?, number()?);
    let cluster = MockCluster::start(1)?;
    cluster.create_topic(Topic::NAME, partitions)?;
    let samples =
        Content { payload, has_headers: false, keys: 1, partitions, messages: 0 }.samples(Topic::NAME);
    println!("{}", cluster.bootstrap_servers());
    for line in stdin().lines() {
        let count = line?.parse().context("not a number of messages")?;
        writer::write(&cluster.bootstrap_servers(), &samples, count, batch)?;
        println!("written");
    }
    Ok(())
}

/// The process that is the cluster; it ends with its standard input.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Served {
    /// Starts the cluster with an empty topic, into which messages are written in batches of up to `batch`.
    pub(crate) fn start(content: Content, batch: usize) -> Result<Self> {
        let program = env::current_exe().context("cannot find this program")?;
        let mut command = Command::new(program);
        command
            .arg(SERVE)
            .args([content.partitions, content.payload, batch].map(|number| number.to_string()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the cluster")?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("the cluster has no output")?).lines();
        let mut cluster = Self { child, orders, answers, address: String::new() };
        cluster.address = cluster.next_line()?;
        Ok(cluster)
    }

    /// As [`start`](Self::start), with the messages that `content` has.
    pub(crate) fn filled(content: Content, batch: usize) -> Result<Self> {
        content.check()?;
        let mut cluster = Self::start(content, batch)?;
        cluster.write(content.messages)?;
        Ok(cluster)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Writes so many messages, over the partitions in turn.
    pub(crate) fn write(&mut self, count: usize) -> Result<()> {
        let orders = self.orders.as_mut().context("the cluster has ended")?;
        writeln!(orders, "{count}").context("the cluster does not listen")?;
        self.next_line().map(drop)
    }

    fn next_line(&mut self) -> Result<String> {
        self.answers.next().context("the cluster has ended")?.context("the cluster does not answer")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.orders = None;
        // It has nothing to say that would still matter.
        let _ = self.child.wait();
    }
}
