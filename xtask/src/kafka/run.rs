//! `kafka run`: a command with a cluster of its own.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::cluster::Cluster;
use super::instance::Size;
use super::process::Process;

/// How long the command may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Runs the command and passes its exit code on. The cluster ends with it.
pub(super) fn run(size: Size, command: &[OsString]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("no command given")?;
    let cluster = Cluster::start(size)?;
    let mut command = Command::new(program);
    command.args(arguments);
    cluster.lend_to(&mut command)?;
    let status = supervise(command).with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
    if !status.success() {
        eprintln!("kafka: the brokers' logs are in {}", cluster.keep_logs()?.display());
    }
    cluster.stop()?;
    Ok(exit_code(status))
}

/// Waits for the command; passes on what we are told to end by, so that it ends while its brokers still serve.
fn supervise(mut command: Command) -> io::Result<ExitStatus> {
    // From here on these signals do not end us; before, they did, and the guard took care of the brokers.
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let mut child = command.spawn()?;
    let process = Process::of_child(&child)?;
    thread::spawn(move || {
        for signal in signals.forever() {
            // The terminal has sent Ctrl-C to the command as well.
            if signal == SIGINT && io::stdin().is_terminal() {
                continue;
            }
            let ended = process.signal(Signal::TERM).and_then(|()| process.ends_within(GRACE));
            if !matches!(ended, Ok(true)) {
                let _ = process.signal(Signal::KILL);
            }
        }
    });
    child.wait()
}

/// The command's own code, or what a shell would say when a signal ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}
