//! Who leads, who coordinates, and how a topic is made to change.

use std::{
    collections::HashMap,
    io, thread,
    time::{Duration, Instant},
};

use klamm_core::ErrorCode;

use super::{
    KafkaCluster,
    wire::{Answer, Request},
};

/// How long brokers on a busy machine may take to get over what happened to them.
const WITHIN: Duration = Duration::from_secs(120);
/// How long the brokers may work on one request.
const WITHIN_MS: i32 = 15_000;
/// How long after a refusal it is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// What the brokers say of themselves and of one topic.
struct Metadata {
    addresses: HashMap<i32, String>,
    partitions: Vec<Partition>,
}

struct Partition {
    index: i32,
    /// -1 while there is none.
    leader: i32,
    replicas: Vec<i32>,
    in_sync: Vec<i32>,
}

impl KafkaCluster {
    /// Returns the brokers in service.
    ///
    /// # Errors
    ///
    /// If no broker answers within two minutes. The other methods that arrange something likewise try again for so long,
    /// whatever a broker says: most of it does not last.
    pub fn brokers(&self) -> io::Result<Vec<i32>> {
        let mut brokers: Vec<_> = eventually(|| self.metadata(None))?.addresses.into_keys().collect();
        brokers.sort_unstable();
        Ok(brokers)
    }

    /// Returns the broker that leads a partition, as soon as there is one.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers).
    pub fn leader(&self, topic: &str, partition: i32) -> io::Result<i32> {
        eventually(|| Ok(self.partition(topic, partition)?.leader))
    }

    /// Returns the broker that coordinates a group, as soon as there is one.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers).
    pub fn coordinator(&self, group: &str) -> io::Result<i32> {
        Ok(eventually(|| self.find_coordinator(group))?.0)
    }

    /// Commits an offset for a group that has no members, whether or not there is such an offset.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers); if the group has members.
    pub fn commit(&self, group: &str, topic: &str, partition: i32, offset: i64) -> io::Result<()> {
        const OFFSET_COMMIT: i16 = 8;
        // Of no generation, by no member, kept as long as the brokers want.
        let request = Request::new(OFFSET_COMMIT, 2).string(group).int32(-1).string("").int64(-1);
        let request = request.list(1).string(topic).list(1).int32(partition).int64(offset).string("");
        eventually(|| {
            let mut answer = request.ask(&self.find_coordinator(group)?.1)?;
            answer.list(|topic| {
                topic.string()?;
                topic.list(|partition| {
                    partition.int32()?;
                    accepted(partition.int16()?)
                })
            })
        })?;
        Ok(())
    }

    /// Waits until every replica of every partition of these topics is in sync, so that the next broker may fall.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers); if it took longer than two minutes.
    pub fn wait_in_sync(&self, topics: &[&str]) -> io::Result<()> {
        topics.iter().try_for_each(|topic| {
            eventually(|| {
                let behind = |it: &Partition| it.leader < 0 || it.in_sync.len() < it.replicas.len();
                match self.metadata(Some(topic))?.partitions.iter().find(|it| behind(it)) {
                    Some(it) => Err(io::Error::other(format!("{topic}[{}] is not in sync", it.index))),
                    None => Ok(()),
                }
            })
        })
    }

    /// Makes `broker`, which must be a replica, the leader of a partition, and waits until it is.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers); if it is not within two minutes.
    pub fn move_leader(&self, topic: &str, partition: i32, broker: i32) -> io::Result<()> {
        let mut replicas = eventually(|| self.partition(topic, partition))?.replicas;
        replicas.retain(|replica| *replica != broker);
        // The first replica is the one that is preferred.
        replicas.insert(0, broker);
        eventually(|| self.reassign(topic, partition, &replicas))?;
        eventually(|| {
            if self.partition(topic, partition)?.leader == broker {
                return Ok(());
            }
            self.elect_preferred(topic, partition)?;
            Err(io::Error::other(format!("{topic}[{partition}] is not led by broker {broker}")))
        })
    }

    /// Gives a topic more partitions: as many as are said, together with those it has.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers); if it has as many.
    pub fn grow_topic(&self, topic: &str, partitions: usize) -> io::Result<()> {
        const CREATE_PARTITIONS: i16 = 37;
        let count = i32::try_from(partitions).unwrap_or(i32::MAX);
        let request = Request::new(CREATE_PARTITIONS, 1).list(1).string(topic).int32(count);
        // The brokers choose where; not only a trial.
        let request = request.int32(-1).int32(WITHIN_MS).int8(0);
        eventually(|| {
            let mut answer = self.ask(&request)?;
            answer.int32()?; // throttled for
            answer.list(|topic| {
                topic.string()?;
                accepted(topic.int16()?)?;
                topic.string()
            })
        })?;
        eventually(|| match self.metadata(Some(topic))?.partitions.len() {
            known if known < partitions => Err(io::Error::other(format!("{topic} has {known} partitions"))),
            _ => Ok(()),
        })
    }

    /// Deletes a partition's records before `offset`, which is its log's start from then on.
    ///
    /// # Errors
    ///
    /// As [`brokers`](Self::brokers); if the log does not reach to `offset`.
    pub fn delete_records(&self, topic: &str, partition: i32, offset: i64) -> io::Result<()> {
        const DELETE_RECORDS: i16 = 21;
        let request = Request::new(DELETE_RECORDS, 1).list(1).string(topic);
        let request = request.list(1).int32(partition).int64(offset).int32(WITHIN_MS);
        eventually(|| {
            let metadata = self.metadata(Some(topic))?;
            let leader = metadata.partition(topic, partition)?.leader;
            let address =
                metadata.addresses.get(&leader).ok_or_else(|| refused(ErrorCode::LEADER_NOT_AVAILABLE))?;
            let mut answer = request.ask(address)?;
            answer.int32()?; // throttled for
            answer.list(|topic| {
                topic.string()?;
                topic.list(|partition| {
                    partition.int32()?;
                    partition.int64()?;
                    accepted(partition.int16()?)
                })
            })
        })?;
        Ok(())
    }

    /// The coordinator of a group, and its address.
    fn find_coordinator(&self, group: &str) -> io::Result<(i32, String)> {
        const FIND_COORDINATOR: i16 = 10;
        let mut answer = self.ask(&Request::new(FIND_COORDINATOR, 0).string(group))?;
        accepted(answer.int16()?)?;
        Ok((answer.int32()?, format!("{}:{}", answer.string()?, answer.int32()?)))
    }

    fn reassign(&self, topic: &str, partition: i32, replicas: &[i32]) -> io::Result<()> {
        const ALTER_PARTITION_REASSIGNMENTS: i16 = 45;
        let request = Request::flexible(ALTER_PARTITION_REASSIGNMENTS, 0).int32(WITHIN_MS);
        let request = request.list(1).string(topic).list(1).int32(partition).list(replicas.len());
        let request = replicas.iter().fold(request, |request, replica| request.int32(*replica)).end(3);
        let mut answer = self.ask(&request)?;
        answer.int32()?; // throttled for
        accepted(answer.int16()?)
    }

    fn elect_preferred(&self, topic: &str, partition: i32) -> io::Result<()> {
        const ELECT_LEADERS: i16 = 43;
        let request = Request::new(ELECT_LEADERS, 1).int8(0).list(1).string(topic);
        let mut answer = self.ask(&request.list(1).int32(partition).int32(WITHIN_MS))?;
        answer.int32()?; // throttled for
        accepted(answer.int16()?)
    }

    fn partition(&self, topic: &str, partition: i32) -> io::Result<Partition> {
        self.metadata(Some(topic))?.into_partition(topic, partition)
    }

    fn metadata(&self, topic: Option<&str>) -> io::Result<Metadata> {
        const METADATA: i16 = 3;
        // In version 1 an empty list of topics asks for none.
        let request = Request::new(METADATA, 1).list(usize::from(topic.is_some()));
        let mut answer = self.ask(&topic.into_iter().fold(request, Request::string))?;
        let addresses = answer.list(|broker| {
            let id = broker.int32()?;
            let address = format!("{}:{}", broker.string()?, broker.int32()?);
            broker.string()?; // rack
            Ok((id, address))
        })?;
        answer.int32()?; // controller
        let partitions = answer.list(|topic| {
            accepted(topic.int16()?)?;
            topic.string()?;
            topic.int8()?; // is it internal
            topic.list(|partition| {
                partition.int16()?; // no leader, or a replica is down: the lists say so too
                Ok(Partition {
                    index: partition.int32()?,
                    leader: partition.int32()?,
                    replicas: partition.list(Answer::int32)?,
                    in_sync: partition.list(Answer::int32)?,
                })
            })
        })?;
        Ok(Metadata {
            addresses: addresses.into_iter().collect(),
            partitions: partitions.into_iter().flatten().collect(),
        })
    }

    /// Asks the brokers in turn until one answers.
    fn ask(&self, request: &Request) -> io::Result<Answer> {
        let mut last = io::Error::from(io::ErrorKind::NotConnected);
        for address in self.servers.split(',') {
            match request.ask(address) {
                Ok(answer) => return Ok(answer),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl Metadata {
    fn partition(&self, topic: &str, index: i32) -> io::Result<&Partition> {
        let found = self.partitions.iter().find(|it| it.index == index && it.leader >= 0);
        found.ok_or_else(|| io::Error::other(format!("{topic}[{index}] has no leader")))
    }

    fn into_partition(mut self, topic: &str, index: i32) -> io::Result<Partition> {
        self.partition(topic, index)?;
        self.partitions.retain(|it| it.index == index);
        Ok(self.partitions.remove(0))
    }
}

fn accepted(code: i16) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(refused(ErrorCode::from_raw(code.into()))) }
}

fn refused(code: ErrorCode) -> io::Error {
    io::Error::other(code.to_string())
}

/// Tries until it succeeds, for two minutes; then says why it did not.
fn eventually<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + WITHIN;
    loop {
        match attempt() {
            Err(_) if Instant::now() < deadline => thread::sleep(AGAIN),
            result => return result,
        }
    }
}
