//! What a process says of its history, a line for each thing that happened, and how another hears it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use klamm_core::{
    Epoch, Position, TopicPartition,
    contract::{Assigned, CommitResult},
};
use klamm_testing::history::{Entry, Happened, History, Member, Outcome, Record};

/// Handlers are numbered from here on by whoever hears of them, who has some of its own.
const FIRST_NUMBER: u64 = 1 << 32;

/// Returns a history whose entries are said on standard output as well.
pub(crate) fn tell() -> History {
    let teller = Teller::default();
    History::telling(move |entry| teller.tell(entry))
}

/// Says the entries of a history.
#[derive(Default)]
struct Teller {
    partitions: Mutex<HashMap<Epoch, i32>>,
}

impl Teller {
    fn tell(&self, entry: &Entry) {
        let mut partitions = self.partitions.lock().unwrap();
        match &entry.what {
            Happened::Assigned(assigned) => {
                for Assigned { partition, epoch } in assigned {
                    partitions.insert(*epoch, partition.partition);
                    println!("assigned {}", partition.partition);
                }
            }
            Happened::Delivered(record) => {
                let key = record.key.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                println!("delivered {} {} {key}", record.partition.partition, record.offset);
            }
            Happened::Started { number, record } => {
                println!("started {} {} {number}", record.partition.partition, record.offset);
            }
            Happened::Finished { number, record, outcome: Outcome::Done } => {
                println!("finished {} {} {number}", record.partition.partition, record.offset);
            }
            Happened::Asked(asked) => {
                for (epoch, offset) in asked {
                    println!("asked {} {offset}", partitions[epoch]);
                }
            }
            Happened::Answered(answers) => {
                for (epoch, result) in answers {
                    let CommitResult::Committed(position) = result else { continue };
                    println!("committed {} {}", partitions[epoch], position.offset());
                }
            }
            _ => {}
        }
    }
}

/// Enters what a process says into a history, under the name of its member.
pub(crate) struct Listener {
    member: Member,
    topic: String,
    epochs: HashMap<i32, Epoch>,
    records: HashMap<(i32, i64), Arc<Record>>,
    running: HashMap<u64, Arc<Record>>,
}

impl Listener {
    pub(crate) fn new(member: Member, topic: &str) -> Self {
        let (epochs, records, running) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { member, topic: topic.to_owned(), epochs, records, running }
    }

    /// Hears all that a process says until its end.
    pub(crate) fn listen(mut self, said: &mut dyn Iterator<Item = String>) {
        said.for_each(|line| self.hear(&line));
        self.end();
    }

    /// Hears a line. What the test runner says beside is passed over.
    fn hear(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        let [word, partition, rest @ ..] = &words[..] else { return };
        let Ok(partition) = partition.parse::<i32>() else { return };
        let offset = || rest[0].parse::<i64>().unwrap();
        let number = || FIRST_NUMBER + rest[1].parse::<u64>().unwrap();
        let what = match *word {
            "assigned" => {
                let epoch = Epoch::next(u32::try_from(partition).unwrap());
                self.epochs.insert(partition, epoch);
                let partition = TopicPartition::new(&*self.topic, partition);
                Happened::Assigned(vec![Assigned { partition, epoch }])
            }
            "delivered" => Happened::Delivered(self.deliver(partition, offset(), rest[1])),
            "started" => {
                let record = Arc::clone(&self.records[&(partition, offset())]);
                self.running.insert(number(), Arc::clone(&record));
                Happened::Started { number: number(), record }
            }
            "finished" => {
                let record = self.running.remove(&number()).unwrap();
                Happened::Finished { number: number(), record, outcome: Outcome::Done }
            }
            "asked" => Happened::Asked(vec![(self.epochs[&partition], offset())]),
            "committed" => {
                let committed = CommitResult::Committed(Position::at(offset()));
                Happened::Answered(vec![(self.epochs[&partition], committed)])
            }
            _ => return,
        };
        self.member.note(what);
    }

    /// The process has ended, and with it the handlers that ran.
    fn end(self) {
        for (number, record) in self.running {
            self.member.note(Happened::Finished { number, record, outcome: Outcome::Dropped });
        }
    }

    fn deliver(&mut self, partition: i32, offset: i64, key: &str) -> Arc<Record> {
        let record = Arc::new(Record {
            partition: TopicPartition::new(&*self.topic, partition),
            offset,
            key: Some(key.as_bytes().into()),
            epoch: self.epochs[&partition],
            memory: [0; 2],
        });
        self.records.insert((partition, offset), Arc::clone(&record));
        record
    }
}
