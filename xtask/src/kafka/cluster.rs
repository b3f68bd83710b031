//! A running cluster and its owner.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::{Context, Result};

use super::guard::Guard;
use super::instance::{self, Instance, Size};
use super::lock::Lock;
use super::{broker, install, java, places, ready};

/// A cluster that lives as long as this value, and never longer than this process.
#[derive(Debug)]
pub(crate) struct Cluster {
    instance: Instance,
    /// None once the cluster is let go.
    guard: Option<Guard>,
    /// The brokers' processes, kept so that none stays a zombie.
    processes: Vec<Child>,
    _owner: Lock,
}

impl Cluster {
    /// Starts a cluster in a folder of its own and returns when every broker serves.
    pub(crate) fn start(size: Size) -> Result<Self> {
        let own = |attempt| places::home().join(format!("{RUN}{}-{attempt}", std::process::id()));
        Self::start_in((1_u32..).map(own), size)
    }

    /// Starts a cluster in the first of these folders that does not exist.
    pub(super) fn start_in(folders: impl IntoIterator<Item = PathBuf>, size: Size) -> Result<Self> {
        java::prerequisites()?;
        install::ensure()?;
        let began = Instant::now();
        let mut cluster = Self::set_up(folders, size)?;
        let brokers = cluster.instance.plan.nodes.len();
        eprintln!("kafka: starting {brokers} broker{}", if brokers == 1 { "" } else { "s" });
        if let Err(error) = cluster.boot() {
            return Err(error.context(format!("see the logs in {}", cluster.keep_logs()?.display())));
        }
        eprintln!("kafka: up after {:.1} s at {}", began.elapsed().as_secs_f64(), cluster.bootstrap());
        Ok(cluster)
    }

    /// The brokers' addresses, as clients want them: `host:port,…`.
    pub(crate) fn bootstrap(&self) -> String {
        self.instance.bootstrap()
    }

    /// Tells a command, through its environment, where the cluster is and how to reach the fault commands.
    pub(crate) fn lend_to(&self, command: &mut Command) -> Result<()> {
        command.env("KLAMM_KAFKA", self.bootstrap());
        command.env("KLAMM_KAFKA_OAUTH", self.instance.oauth_bootstrap());
        command.env(places::DIR_VARIABLE, self.instance.dir());
        command.env("KLAMM_XTASK", this_executable()?);
        Ok(())
    }

    /// Ends the cluster; dropping it does the same but cannot tell of a failure.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end()
    }

    /// Lets the cluster live on when this process ends.
    pub(super) fn let_go(mut self) -> Result<()> {
        self.guard.take().map_or(Ok(()), Guard::let_go)
    }

    /// Keeps the brokers' logs as `target/kafka/logs-of-last-failure`.
    pub(crate) fn keep_logs(&self) -> Result<PathBuf> {
        let kept = places::home().join("logs-of-last-failure");
        let cannot = || format!("cannot copy the logs to {}", kept.display());
        if kept.exists() {
            fs::remove_dir_all(&kept).with_context(cannot)?;
        }
        fs::create_dir_all(&kept).with_context(cannot)?;
        for broker in self.instance.brokers() {
            let log = broker.log();
            if log.exists() {
                fs::copy(&log, kept.join(log.file_name().unwrap_or_default())).with_context(cannot)?;
            }
        }
        Ok(kept)
    }

    fn set_up(folders: impl IntoIterator<Item = PathBuf>, size: Size) -> Result<Self> {
        places::create_home()?;
        let _setting_up = Lock::take(&places::home().join("lock"), "another cluster that is being set up")?;
        sweep()?;
        let dir =
            folders.into_iter().find(|folder| !folder.exists()).context("the cluster's folder is in use")?;
        let instance = Instance::create(dir, size)?;
        let owner = Lock::take(&owner_lock(instance.dir()), "the cluster's owner")?;
        let guard = Some(Guard::over(instance.dir())?);
        Ok(Self { instance, guard, processes: Vec::new(), _owner: owner })
    }

    fn boot(&mut self) -> Result<()> {
        broker::format_all(&self.instance)?;
        for broker in self.instance.brokers() {
            self.processes.push(broker.start()?);
        }
        ready::wait_for_all(&self.instance.brokers().collect::<Vec<_>>())?;
        self.instance.mark_complete()
    }

    fn end(&mut self) -> Result<()> {
        let Some(mut guard) = self.guard.take() else { return Ok(()) };
        guard.end(self.instance.dir())?;
        for mut process in self.processes.drain(..) {
            process.wait()?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("kafka: {error:#}");
        }
    }
}

/// How the folders of clusters begin that belong to a process.
const RUN: &str = "run-";

/// Locked by the owner for as long as it lives.
fn owner_lock(dir: &Path) -> PathBuf {
    dir.join("owner")
}

/// Removes what clusters left behind whose owner and guard both ended abruptly, say in a power cut.
fn sweep() -> Result<()> {
    for folder in fs::read_dir(places::home()).context("cannot read the fixture's folder")? {
        let folder = folder?;
        if !folder.file_name().to_string_lossy().starts_with(RUN) {
            continue;
        }
        let dir = folder.path();
        match Lock::try_take(&owner_lock(&dir)) {
            Ok(Some(_)) => instance::destroy(&dir)?,
            Ok(None) => {}
            // A guard may be removing it right now.
            Err(_) if !dir.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The path of this binary, also after a build has put a new one in its place.
fn this_executable() -> Result<OsString> {
    let path = std::env::current_exe().context("cannot tell the path of this executable")?.into_os_string();
    let replaced = path.to_str().and_then(|path| path.strip_suffix(" (deleted)"));
    Ok(replaced.map_or_else(|| path.clone(), OsString::from))
}
