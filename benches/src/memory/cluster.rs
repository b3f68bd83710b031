//! The mock cluster in a process of its own, so that its memory and its writer's are not in what is measured.

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write, stdin},
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
};

use anyhow::{Context, Result};
use klamm_testing::MockCluster;

use super::Growth;
use crate::topic::{Content, Topic};

/// The argument with which the area's binary is the cluster.
const SERVE: &str = "serve";

/// What is written, as often as asked.
pub(super) const CONTENT: Content =
    Content { payload: Growth::PAYLOAD, has_headers: false, partitions: 4, messages: 0 };

/// Is the cluster, if the command line says so, until its standard input ends.
///
/// It prints its address in a line, and for each line that says how many messages to write another when they are written.
pub fn serve() -> Option<ExitCode> {
    env::args().nth(1).filter(|argument| argument == SERVE)?;
    Some(match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    })
}

fn answer() -> Result<()> {
    let cluster = MockCluster::start(1)?;
    cluster.create_topic(Topic::NAME, CONTENT.partitions)?;
    let samples = CONTENT.samples(Topic::NAME);
    println!("{}", cluster.bootstrap_servers());
    for line in stdin().lines() {
        let count = line?.parse().context("not a number of messages")?;
        cluster.write(samples.iter().cycle().take(count))?;
        println!("written");
    }
    Ok(())
}

/// The process that is the cluster; it ends with its standard input.
#[derive(Debug)]
pub(super) struct Cluster {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Cluster {
    pub(super) fn start() -> Result<Self> {
        let program = env::current_exe().context("cannot find this program")?;
        let mut command = Command::new(program);
        command.arg(SERVE).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the cluster")?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("the cluster has no output")?).lines();
        let mut cluster = Self { child, orders, answers, address: String::new() };
        cluster.address = cluster.next_line()?;
        Ok(cluster)
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Writes so many messages, over the partitions in turn.
    pub(super) fn write(&mut self, count: usize) -> Result<()> {
        let orders = self.orders.as_mut().context("the cluster has ended")?;
        writeln!(orders, "{count}").context("the cluster does not listen")?;
        self.next_line().map(drop)
    }

    fn next_line(&mut self) -> Result<String> {
        self.answers.next().context("the cluster has ended")?.context("the cluster does not answer")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.orders = None;
        // It has nothing to say that would still matter.
        let _ = self.child.wait();
    }
}
