//! The command line of `cargo xtask kafka`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use super::instance::Size;
use super::{faults, guard, run as run_command, status, up};

/// Run Apache Kafka on this machine, for tests.
///
/// Needs Java 17 or newer, and Maven once to fetch Kafka. Everything is kept under target/kafka. Brokers listen on
/// 127.0.0.1 only, on free ports.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Start a cluster that stays, and print its addresses
    ///
    /// A cluster is always new and empty, unless one of the same size is up already.
    Up {
        /// The number of brokers, each also a controller
        #[arg(long, value_enum, default_value = "1")]
        brokers: Size,
    },
    /// End the cluster of `up` and remove its data
    Down,
    /// Show the brokers; fails unless all of them serve
    Status,
    /// Run a command with a cluster of its own, which ends with it
    ///
    /// The command finds the addresses in `KLAMM_KAFKA` as host:port,host:port, and in `KLAMM_KAFKA_OAUTH` those that
    /// want an OAUTHBEARER token, which nobody need have signed. It may call `$KLAMM_XTASK kafka kill 2` and the like,
    /// which act on its own cluster. Its exit code is passed on.
    Run {
        /// The number of brokers, each also a controller
        #[arg(long, value_enum, default_value = "1")]
        brokers: Size,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<OsString>,
    },
    /// End a broker without a goodbye (SIGKILL)
    Kill(Broker),
    /// Stop a broker where it stands (SIGSTOP)
    Pause(Broker),
    /// Let a paused broker go on (SIGCONT)
    Resume(Broker),
    /// Start a broker over its data, after killing it if it runs
    Restart(Broker),
    /// Ends a cluster when standard input ends
    #[command(hide = true)]
    Guard { dir: PathBuf },
}

#[derive(Debug, clap::Args)]
struct Broker {
    /// The broker's number, from 1
    #[arg(value_name = "N")]
    id: u8,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Up { brokers } => return up::up(brokers),
        Action::Down => return up::down(),
        Action::Status => return status::status(),
        Action::Run { brokers, command } => return run_command::run(brokers, &command),
        Action::Guard { dir } => return guard::keep(&dir),
        Action::Kill(broker) => faults::kill(broker.id)?,
        Action::Pause(broker) => faults::pause(broker.id)?,
        Action::Resume(broker) => faults::resume(broker.id)?,
        Action::Restart(broker) => faults::restart(broker.id)?,
    }
    Ok(ExitCode::SUCCESS)
}
