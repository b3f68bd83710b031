//! Brokers that fall, and get up again.

use std::{ffi::OsString, io, process::Command};

use super::KafkaCluster;

/// The environment variable that names the program which starts and stops brokers.
const PROGRAM: &str = "KLAMM_XTASK";

/// A broker that is down or paused, until this is ended or dropped.
///
/// A test that panics therefore leaves no broker down for the next one.
#[must_use = "the broker is well again as soon as this is dropped"]
#[derive(Debug)]
pub struct Fault {
    broker: i32,
    /// The command that mends it, until it has run.
    remedy: Option<&'static str>,
}

impl KafkaCluster {
    /// Ends a broker without a goodbye (SIGKILL). When the fault ends it is started again over its data.
    ///
    /// # Errors
    ///
    /// If the brokers are not those of `cargo xtask kafka run` or `cargo xtask test`, or this one does not run.
    pub fn kill(&self, broker: i32) -> io::Result<Fault> {
        Fault::begin(broker, "kill", "restart")
    }

    /// Stops a broker where it stands (SIGSTOP); its connections stay open. When the fault ends it goes on.
    ///
    /// # Errors
    ///
    /// As [`kill`](Self::kill).
    pub fn pause(&self, broker: i32) -> io::Result<Fault> {
        Fault::begin(broker, "pause", "resume")
    }
}

impl Fault {
    fn begin(broker: i32, cause: &str, remedy: &'static str) -> io::Result<Self> {
        command(cause, broker)?;
        Ok(Self { broker, remedy: Some(remedy) })
    }

    /// Mends the broker, and waits until it serves.
    ///
    /// # Errors
    ///
    /// If it does not serve within two minutes.
    pub fn end(mut self) -> io::Result<()> {
        self.mend()
    }

    fn mend(&mut self) -> io::Result<()> {
        self.remedy.take().map_or(Ok(()), |remedy| command(remedy, self.broker))
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        if let Err(error) = self.mend() {
            eprintln!("broker {} stays as it is: {error}", self.broker);
        }
    }
}

fn command(what: &str, broker: i32) -> io::Result<()> {
    let program: OsString = std::env::var_os(PROGRAM).ok_or_else(|| {
        io::Error::other(format!("{PROGRAM} does not name a program that can {what} a broker"))
    })?;
    let output = Command::new(program).args(["kafka", what, &broker.to_string()]).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}
