//! A cluster's folder: its plan on disk, and everything that runs for it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::broker::Broker;
use super::lock::Lock;
use super::process::Process;
use super::{broker, places, ports};

/// How many brokers: a majority of controllers must survive the loss of one, so two make no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Size {
    #[value(name = "1")]
    One,
    #[value(name = "3")]
    Three,
}

impl Size {
    pub(super) fn brokers(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Three => 3,
        }
    }
}

/// What a cluster is made of. It does not change while the cluster lives.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Brokers of different clusters refuse each other, should a port ever pass from one to the other.
    pub(super) cluster_id: String,
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) id: u8,
    pub(super) port: u16,
    pub(super) controller_port: u16,
    /// Where clients authenticate with a token.
    pub(super) oauth_port: u16,
}

impl Node {
    const PORTS: usize = 3;

    fn ports(self) -> [u16; Self::PORTS] {
        [self.port, self.controller_port, self.oauth_port]
    }
}

impl Plan {
    pub(super) fn new(size: Size, ports: &[u16]) -> Self {
        let nodes = (1..=size.brokers()).zip(ports.chunks_exact(Node::PORTS));
        let node = |(id, ports): (u8, &[u16])| Node {
            id,
            port: ports[0],
            controller_port: ports[1],
            oauth_port: ports[2],
        };
        let nodes = nodes.map(node).collect();
        // Kafka wants 16 bytes in base64, which is 22 characters, the last one with four bits unused.
        let cluster_id = format!("klamm{:016x}A", ports::random());
        Self { cluster_id, nodes }
    }
}

#[derive(Debug)]
pub(super) struct Instance {
    dir: PathBuf,
    pub(super) plan: Plan,
}

impl Instance {
    /// Makes the folder and the plan of a new cluster, on ports that no other cluster of this checkout has.
    pub(super) fn create(dir: PathBuf, size: Size) -> Result<Self> {
        let taken = ports_of_other_clusters();
        let plan = Plan::new(size, &ports::choose(Node::PORTS * usize::from(size.brokers()), &taken)?);
        let instance = Self { dir, plan };
        let cannot = || format!("cannot write to {}", instance.dir.display());
        fs::create_dir_all(&instance.dir).with_context(cannot)?;
        fs::write(instance.dir.join("plan.json"), serde_json::to_vec(&instance.plan)?)
            .with_context(cannot)?;
        Ok(instance)
    }

    /// The cluster in this folder; none if there is no readable plan.
    pub(super) fn open(dir: &Path) -> Option<Self> {
        let plan = fs::read(dir.join("plan.json")).ok()?;
        Some(Self { dir: dir.to_owned(), plan: serde_json::from_slice(&plan).ok()? })
    }

    /// The cluster that a fault is about.
    pub(super) fn current() -> Result<Self> {
        let dir = places::current();
        Self::open(&dir).with_context(|| {
            format!("there is no cluster in {}: start one with `cargo xtask kafka up`", dir.display())
        })
    }

    /// Notes that every broker has answered, so that a start that was cut short can be told from a cluster that is up.
    pub(super) fn mark_complete(&self) -> Result<()> {
        fs::write(self.completion_mark(), "").context("cannot note that the cluster is up")
    }

    pub(super) fn is_complete(&self) -> bool {
        self.completion_mark().exists()
    }

    fn completion_mark(&self) -> PathBuf {
        self.dir.join("complete")
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// `host:port,…` as clients want it.
    pub(super) fn bootstrap(&self) -> String {
        self.addresses(|node| node.port)
    }

    /// The same for clients that authenticate with a token.
    pub(super) fn oauth_bootstrap(&self) -> String {
        self.addresses(|node| node.oauth_port)
    }

    fn addresses(&self, port: impl Fn(&Node) -> u16) -> String {
        let nodes = self.plan.nodes.iter();
        nodes.map(|node| format!("127.0.0.1:{}", port(node))).collect::<Vec<_>>().join(",")
    }

    pub(super) fn brokers(&self) -> impl Iterator<Item = Broker<'_>> {
        self.plan.nodes.iter().map(|&node| Broker { instance: self, node })
    }

    pub(super) fn broker(&self, id: u8) -> Result<Broker<'_>> {
        let found = self.brokers().find(|broker| broker.node.id == id);
        found.with_context(|| {
            format!("there is no broker {id}: the brokers are 1 to {}", self.plan.nodes.len())
        })
    }

    /// Held while brokers are started and ended, so that nothing is started in a folder that is being removed.
    pub(super) fn lock(&self) -> Result<Lock> {
        let lock = lock(&self.dir)?;
        if Self::open(&self.dir).is_none() {
            bail!("the cluster in {} has just been stopped", self.dir.display());
        }
        Ok(lock)
    }
}

fn lock(dir: &Path) -> Result<Lock> {
    Lock::take(&dir.join("lock"), "another command on this cluster")
}

/// Ends everything that runs for the folder and removes it, whatever state it is in.
pub(super) fn destroy(dir: &Path) -> Result<()> {
    let _lock = match lock(dir) {
        Err(_) if !dir.exists() => return Ok(()),
        lock => lock?,
    };
    end_processes(dir)?;
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", dir.display()));
        }
        _ => {}
    }
    // One that was just being started may have been too young to be found.
    end_processes(dir)
}

fn end_processes(dir: &Path) -> Result<()> {
    for process in Process::all(|arguments| broker::runs_in(dir, arguments))? {
        process.kill()?;
    }
    Ok(())
}

fn ports_of_other_clusters() -> BTreeSet<u16> {
    let folders = fs::read_dir(places::home()).into_iter().flatten().flatten();
    let nodes =
        folders.filter_map(|folder| Instance::open(&folder.path())).flat_map(|other| other.plan.nodes);
    nodes.flat_map(Node::ports).collect()
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A process with this argument, which ends by itself should the test fail.
    fn process_with(argument: String) -> Child {
        let mut command = Command::new("sh");
        let child = command.args(["-c", "read line"]).arg(argument).stdin(Stdio::piped()).spawn().unwrap();
        while !Process::of_child(&child).unwrap().has_arguments() {
            std::thread::yield_now();
        }
        child
    }

    #[test]
    fn destroying_a_folder_ends_its_processes_and_no_others() {
        let dir = std::env::temp_dir().join(format!("klamm-instance-{}", std::process::id()));
        fs::create_dir_all(dir.join("broker-1/half-formatted")).unwrap();
        let mut ours = process_with(format!("-Dklamm.broker={}/broker-1", dir.display()));
        let mut another = process_with(format!("-Dklamm.broker={}0/broker-1", dir.display()));
        let mut editor = process_with(format!("{}/broker-1/server.properties", dir.display()));

        destroy(&dir).unwrap();
        assert!(!dir.exists());
        assert!(!ours.wait().unwrap().success());
        for mut other in [another.stdin.take(), editor.stdin.take()].into_iter().flatten() {
            std::io::Write::write_all(&mut other, b"line\n").unwrap();
        }
        assert!(another.wait().unwrap().success());
        assert!(editor.wait().unwrap().success());
        destroy(&dir).unwrap();
    }
}
