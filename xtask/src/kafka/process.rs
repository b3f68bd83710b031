//! Processes found by what stands in their command line, and held by a handle that can never mean another one.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

#[derive(Debug)]
pub(super) struct Process {
    pid: Pid,
    handle: OwnedFd,
}

impl Process {
    /// Every process whose arguments satisfy the test. One that has ended has no arguments any more.
    pub(super) fn all(wanted: impl Fn(&[&str]) -> bool) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").context("cannot read the process table")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else {
                continue;
            };
            if !arguments_satisfy(pid, &wanted) {
                continue;
            }
            let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
            // The number may have passed on to another process before the handle was opened.
            if arguments_satisfy(pid, &wanted) {
                found.push(Self { pid, handle });
            }
        }
        Ok(found)
    }

    pub(super) fn of_child(child: &std::process::Child) -> io::Result<Self> {
        let pid = Pid::from_child(child);
        Ok(Self { pid, handle: pidfd_open(pid, PidfdFlags::empty())? })
    }

    pub(super) fn id(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Sends a signal; a process that has ended meanwhile is no error.
    pub(super) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.handle, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the process has ended; false when it has not within the limit.
    pub(super) fn ends_within(&self, limit: Duration) -> io::Result<bool> {
        let limit = Timespec::try_from(limit).map_err(|_| io::ErrorKind::InvalidInput)?;
        loop {
            match poll(&mut [PollFd::new(&self.handle, PollFlags::IN)], Some(&limit)) {
                Ok(events) => return Ok(events > 0),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends the process at once, and returns when it is gone.
    pub(super) fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)?;
        if self.ends_within(Duration::from_secs(10))? {
            return Ok(());
        }
        Err(io::Error::other(format!("process {} does not end", self.id())))
    }

    /// Whether the process table shows its arguments, without which [`Process::all`] cannot find it.
    pub(super) fn has_arguments(&self) -> bool {
        arguments_satisfy(self.pid, |arguments| arguments != [""])
    }

    /// Whether the process is stopped by a signal.
    pub(super) fn is_paused(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        // The state follows the name, which stands in parentheses and may hold any character.
        stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
    }
}

fn arguments_satisfy(pid: Pid, wanted: impl Fn(&[&str]) -> bool) -> bool {
    let Ok(line) = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())) else { return false };
    let Ok(line) = std::str::from_utf8(&line) else { return false };
    wanted(&line.split('\0').collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_found_by_its_arguments_paused_and_killed() {
        let marker = format!("klamm-test-{}", std::process::id());
        let find = || Process::all(|arguments| arguments.contains(&marker.as_str())).unwrap();
        // The marker is the name that `sh` gives itself. It ends by itself should the test fail.
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", "read line", &marker]).stdin(Stdio::piped()).spawn().unwrap();
        while !Process::of_child(&child).unwrap().has_arguments() {
            std::thread::yield_now();
        }
        let found = find();
        assert_eq!(found.len(), 1);
        let process = &found[0];
        assert_eq!(process.id().unsigned_abs(), child.id());

        assert!(!process.is_paused());
        process.signal(Signal::STOP).unwrap();
        while !process.is_paused() {
            std::thread::yield_now();
        }
        assert!(!process.ends_within(Duration::ZERO).unwrap());
        process.kill().unwrap();
        assert!(find().is_empty(), "the ended process is found although it is not reaped yet");
        process.signal(Signal::KILL).unwrap();
        child.wait().unwrap();
        process.signal(Signal::KILL).unwrap();
    }
}
