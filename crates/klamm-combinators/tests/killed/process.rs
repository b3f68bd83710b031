//! A member in a process of its own, which can be killed.

use std::{
    env,
    io::{BufRead, BufReader, Read, stdin},
    process::{self, Child, ChildStdin, Command, Stdio},
    thread::{self, JoinHandle},
};

use klamm_testing::history::{self, History};

use super::words::{Listener, Teller};

/// Tells a process that it is one, and of what.
const VARIABLE: &str = "KLAMM_TO_BE_KILLED";

/// A process with one member, whose history is heard as it happens.
pub(crate) struct Process {
    child: Child,
    /// The process ends when this does.
    _lifeline: ChildStdin,
    listening: JoinHandle<()>,
}

impl Process {
    /// Returns what this process was started for, if it is one of these, and a history that is told to whoever has started it.
    pub(crate) fn is_this() -> Option<(String, History)> {
        let what = env::var(VARIABLE).ok()?;
        // The test runner has begun a line.
        println!();
        thread::spawn(|| {
            // Nobody is left who could kill it.
            let _ = stdin().read_to_end(&mut Vec::new());
            process::exit(1);
        });
        let teller = Teller::default();
        Some((what, History::telling(move |entry| teller.tell(entry))))
    }

    /// Starts a process, which is `test` of this program once more, for `what`. Its member reads `topic`, and what happens to
    /// it is noted as what happens to `member`.
    pub(crate) fn start(test: &str, what: &str, topic: &str, member: history::Member) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(VARIABLE, what);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (lifeline, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut listener = Listener::new(member, topic);
        let listening = thread::spawn(move || {
            said.lines().for_each(|line| listener.hear(&line.unwrap()));
            listener.end();
        });
        Self { child, _lifeline: lifeline, listening }
    }

    /// Kills it (`SIGKILL`), and hears what it has said before.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        assert!(!self.child.wait().unwrap().success(), "it was over before it was killed");
        self.listening.join().unwrap();
    }
}
