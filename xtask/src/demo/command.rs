//! The command line of the demo.

use std::process::ExitCode;

use anyhow::{Context, Result};

use super::cluster::Cluster;
use super::{outcome, story};

/// Process and commit a topic's messages while the group changes, and account for every one.
///
/// A topic of four partitions is filled while a group reads it. A second member joins in the middle, the first leaves
/// cleanly later, and 64 handlers run at once in each. Without `--kafka` everything happens in this process, on
/// librdkafka's mock cluster.
///
/// Exit code 1 means that a message was lost or handled twice, or that the committed offsets are not the log's end.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many messages.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    /// Print the figures as one JSON object, in the last line.
    #[arg(long)]
    json: bool,
    /// Start an Apache Kafka broker for it, and stop it afterwards.
    #[arg(long)]
    kafka: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let messages = usize::try_from(args.messages)?;
    let cluster = if args.kafka { Cluster::kafka()? } else { Cluster::mock(messages)? };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let figures = runtime.context("no async runtime")?.block_on(story::tell(&cluster, messages))?;
    cluster.stop()?;
    outcome::print(&figures, args.json)?;
    Ok(if figures.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
