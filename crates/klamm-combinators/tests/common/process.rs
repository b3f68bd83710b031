//! A process of its own: a test's program once more, which can be told something, paused and killed.

use std::{
    env,
    io::{BufRead, BufReader, Write, stdin},
    process::{self, Child, ChildStdin, Command, Stdio},
    thread::{self, JoinHandle},
};

/// Tells a process that it is one, and of what.
const VARIABLE: &str = "KLAMM_PROCESS_OF_ITS_OWN";

/// A process that another test's process has started. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    /// The process ends when this does.
    lifeline: ChildStdin,
    listening: Option<JoinHandle<()>>,
}

impl Process {
    /// Returns what this process was started for, if it is one of these. From then on it hears what it is told, line by
    /// line.
    pub(crate) fn is_this(mut hear: impl FnMut(&str) + Send + 'static) -> Option<String> {
        let what = env::var(VARIABLE).ok()?;
        // The test runner has begun a line.
        println!();
        thread::spawn(move || {
            stdin().lines().map_while(Result::ok).for_each(|line| hear(&line));
            // Nobody is left who could kill it.
            process::exit(1);
        });
        Some(what)
    }

    /// Starts a process, which is `test` of this program once more, for `what`. What it says on standard output goes to
    /// `listen`, line by line, on a thread of its own; what the test runner says is among it.
    pub(crate) fn start(
        test: &str,
        what: &str,
        listen: impl FnOnce(&mut dyn Iterator<Item = String>) + Send + 'static,
    ) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(VARIABLE, what);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (lifeline, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let listening = thread::spawn(move || listen(&mut said.lines().map(Result::unwrap)));
        Self { child, lifeline, listening: Some(listening) }
    }

    /// Tells it a line.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.lifeline, "{line}").unwrap();
    }

    /// Stops it where it stands (`SIGSTOP`).
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on (`SIGCONT`).
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// Kills it (`SIGKILL`), and hears what it has said before.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        assert!(!self.child.wait().unwrap().success(), "it was over before it was killed");
        self.hear_out();
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn end(mut self) {
        assert!(self.child.wait().unwrap().success(), "it has failed");
        self.hear_out();
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success(), "kill {signal}: {status}");
    }

    fn hear_out(&mut self) {
        self.listening.take().unwrap().join().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended, and its end may have been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
