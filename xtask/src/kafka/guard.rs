//! The process that outlives a cluster's owner just long enough to end the cluster.
//!
//! It is this same binary (`kafka guard`), and it waits for the end of a pipe that only the owner holds. The kernel
//! closes the pipe when the owner ends, even by SIGKILL; the guard then ends the brokers, those that somebody else
//! restarted too, and removes the folder. The orderly end is the same path, so it is no second one to keep right.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use super::instance;

/// What the owner writes into the pipe to leave its cluster behind alive.
const LET_GO: &[u8] = b"let go";

#[derive(Debug)]
pub(super) struct Guard(Child);

impl Guard {
    /// Puts the folder under guard.
    pub(super) fn over(dir: &Path) -> Result<Self> {
        // The running binary, also after a build has replaced its file.
        let mut command = Command::new("/proc/self/exe");
        command.args(["kafka", "guard"]).arg(dir).stdin(Stdio::piped()).stdout(Stdio::null());
        // Ctrl-C in the terminal is for the owner.
        command.process_group(0);
        Ok(Self(command.spawn().context("cannot start the cluster's guard")?))
    }

    /// Leaves the cluster alone from now on.
    pub(super) fn let_go(mut self) -> Result<()> {
        if let Some(mut pipe) = self.0.stdin.take() {
            pipe.write_all(LET_GO).context("the cluster's guard is gone")?;
        }
        self.0.wait()?;
        Ok(())
    }

    /// Ends the cluster and returns when it is gone.
    pub(super) fn end(&mut self, dir: &Path) -> Result<()> {
        // `wait` closes the pipe first.
        let ended_well = self.0.wait().is_ok_and(|status| status.success());
        // Nobody should kill a guard, but then its work is still to be done.
        if ended_well { Ok(()) } else { instance::destroy(dir) }
    }
}

/// The guard's own main.
pub(super) fn keep(dir: &Path) -> Result<ExitCode> {
    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message).context("cannot read from the cluster's owner")?;
    if message != LET_GO {
        instance::destroy(dir)?;
    }
    Ok(ExitCode::SUCCESS)
}
