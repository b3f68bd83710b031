//! One broker: a formatted data folder and a Java process.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::instance::{Instance, Node};
use super::process::Process;
use super::{java, places, settings};
use crate::workspace;

/// Small enough for three on a laptop; the first compiler tier is what a short life wants.
const JVM: [&str; 4] = ["-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
/// The argument that marks every Java process of ours with its broker's folder.
const MARK: &str = "-Dklamm.broker=";
const SERVER: &str = "kafka.Kafka";
const FORMATTER: &str = "kafka.tools.StorageTool";

#[derive(Debug, Clone, Copy)]
pub(super) struct Broker<'a> {
    pub(super) instance: &'a Instance,
    pub(super) node: Node,
}

/// Whether these are the arguments of a Java process of the cluster in this folder.
pub(super) fn runs_in(instance: &Path, arguments: &[&str]) -> bool {
    marked_folder(arguments).and_then(Path::parent) == Some(instance)
}

fn marked_folder<'a>(arguments: &[&'a str]) -> Option<&'a Path> {
    arguments.iter().find_map(|argument| argument.strip_prefix(MARK)).map(Path::new)
}

impl Broker<'_> {
    pub(super) fn log(&self) -> PathBuf {
        self.instance.dir().join(format!("broker-{}.log", self.node.id))
    }

    /// The running server of this broker, if it runs.
    pub(super) fn process(&self) -> Result<Option<Process>> {
        let folder = self.folder();
        let is_it = |arguments: &[&str]| {
            marked_folder(arguments) == Some(folder.as_path()) && arguments.contains(&SERVER)
        };
        Ok(Process::all(is_it)?.pop())
    }

    /// Starts the process that writes a new data folder.
    pub(super) fn format(&self) -> Result<Child> {
        let folder = self.folder();
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let settings = settings::server_properties(&self.instance.plan, self.node, &folder.join("data"));
        fs::write(self.settings(), settings).context("cannot write server.properties")?;
        let mut command = self.java()?;
        command.args([FORMATTER, "format", "--cluster-id", &self.instance.plan.cluster_id, "--config"]);
        command.arg(self.settings());
        spawn(&mut command)
    }

    /// Starts the server over the data that is there.
    pub(super) fn start(&self) -> Result<Child> {
        spawn(self.java()?.arg(SERVER).arg(self.settings()))
    }

    /// The log's last lines, for an error message.
    pub(super) fn end_of_log(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().collect::<Vec<_>>();
        let last = &lines[lines.len().saturating_sub(20)..];
        format!("the last lines of its log:\n  {}", last.join("\n  "))
    }

    fn folder(&self) -> PathBuf {
        self.instance.dir().join(format!("broker-{}", self.node.id))
    }

    fn settings(&self) -> PathBuf {
        self.folder().join("server.properties")
    }

    /// Java with Kafka's jars and this broker's mark, logging to its file.
    fn java(&self) -> Result<Command> {
        let cannot = || format!("cannot open {}", self.log().display());
        let log = File::options().create(true).append(true).open(self.log()).with_context(cannot)?;
        let mut command = Command::new(java::java());
        command.args(JVM).arg(format!("{MARK}{}", self.folder().display()));
        let logging = workspace::root().join("xtask/kafka/log4j2.properties");
        command.arg(format!("-Dlog4j2.configurationFile={}", logging.display()));
        command.arg("-cp").arg(places::jars().join("*"));
        command.stdin(Stdio::null()).stdout(log.try_clone().with_context(cannot)?).stderr(log);
        // Out of the terminal's reach: on Ctrl-C the command that uses the cluster ends first.
        command.process_group(0);
        // Where the JVM would leave its crash reports.
        command.current_dir(self.folder());
        Ok(command)
    }
}

/// Starts a process and returns when the process table shows its arguments: they appear a moment after it does.
fn spawn(command: &mut Command) -> Result<Child> {
    let mut child = command.spawn().context("cannot run java")?;
    while child.try_wait()?.is_none() && !Process::of_child(&child)?.has_arguments() {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(child)
}

/// Formats the data folders of all brokers, side by side.
pub(super) fn format_all(instance: &Instance) -> Result<()> {
    let started =
        instance.brokers().map(|broker| Ok((broker, broker.format()?))).collect::<Result<Vec<_>>>()?;
    for (broker, mut formatter) in started {
        if !formatter.wait()?.success() {
            bail!("cannot format the data folder of broker {}; {}", broker.node.id, broker.end_of_log());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_of_the_very_folder_are_ours() {
        let ours = |mark: &str| runs_in(Path::new("/t/run-1"), &["java", mark, SERVER]);
        assert!(ours("-Dklamm.broker=/t/run-1/broker-2"));
        assert!(!ours("-Dklamm.broker=/t/run-11/broker-2"));
        assert!(!ours("/t/run-1/broker-2"));
    }
}
