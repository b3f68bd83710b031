//! What is in the output.

use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    time::Duration,
};

use klamm_core::Message;
use klamm_stream::Consumer;

use super::scene::{END, Scene};
use crate::common::soon;

/// An output: what was made of an input, and by whom.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) by: String,
    /// The input's key.
    key: String,
    /// The input's offset; its partition is the output's.
    pub(crate) offset: i64,
}

/// All that a reader finds in the output.
pub(crate) struct Output {
    /// In the order of the log.
    partitions: Vec<Vec<Written>>,
}

impl Output {
    /// Returns the payload of what `by` makes of the input with this offset.
    pub(crate) fn payload(by: &str, offset: i64) -> String {
        format!("{by} {offset}")
    }

    /// Starts a reader of the output, with this `isolation.level`.
    pub(crate) fn reader(scene: &Scene, isolation: &str) -> Consumer {
        let group = format!("{}-{isolation}", scene.topic);
        let config = scene.cluster.consumer_config(&group).set("isolation.level", isolation);
        Consumer::builder(config).subscribe([scene.out()]).unwrap()
    }

    /// Reads the output, with this `isolation.level`, up to the marks of its end.
    pub(crate) async fn read(scene: &Scene, isolation: &str) -> Self {
        let reader = Self::reader(scene, isolation);
        let mut partitions: Vec<_> = (0..scene.partitions).map(|_| Vec::new()).collect();
        let mut unread = scene.partitions;
        while unread > 0 {
            let message = soon("an output", reader.recv()).await.unwrap();
            let payload = text(message.payload());
            if payload == END {
                unread -= 1;
                continue;
            }
            let (by, offset) = payload.split_once(' ').unwrap();
            let (by, key, offset) = (by.to_owned(), text(message.key()).to_owned(), offset.parse().unwrap());
            partitions[usize::try_from(message.partition()).unwrap()].push(Written { by, key, offset });
        }
        soon("close", reader.close(Duration::from_secs(30))).await;
        Self { partitions }
    }

    pub(crate) fn len(&self) -> usize {
        self.iter().count()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Written> {
        self.partitions.iter().flatten()
    }

    /// Returns the partitions and offsets of the inputs up to `ends` that have no output.
    pub(crate) fn missing(&self, ends: &[i64]) -> Vec<(usize, i64)> {
        let written = self.partitions.iter().enumerate();
        let written: HashSet<_> =
            written.flat_map(|(index, written)| written.iter().map(move |it| (index, it.offset))).collect();
        let all =
            ends.iter().enumerate().flat_map(|(index, end)| (0..*end).map(move |offset| (index, offset)));
        all.filter(|input| !written.contains(input)).collect()
    }

    /// Returns the outputs of inputs that had one already, each with its partition and who had made that one.
    pub(crate) fn repeated(&self) -> Vec<(usize, &Written, &str)> {
        let mut found = Vec::new();
        for (index, written) in self.partitions.iter().enumerate() {
            let mut makers = HashMap::new();
            found.extend(written.iter().filter_map(|it| {
                let before = makers.insert(it.offset, &*it.by);
                before.map(|before| (index, it, before))
            }));
        }
        found
    }

    /// Returns the outputs that stand behind one of a later input with the same key, each with its partition.
    pub(crate) fn out_of_order(&self) -> Vec<(usize, &Written)> {
        let mut found = Vec::new();
        for (index, written) in self.partitions.iter().enumerate() {
            let mut last = HashMap::new();
            found.extend(written.iter().filter_map(|it| {
                let before = last.insert(&*it.key, it.offset);
                before.is_some_and(|before| before > it.offset).then_some((index, it))
            }));
        }
        found
    }
}

/// Asserts that there are none of these, or shows the first ones.
pub(crate) fn none<T: Debug>(what: &str, found: &[T]) {
    let first = &found[..found.len().min(10)];
    assert!(found.is_empty(), "{} {what}, {first:?}", found.len());
}

fn text(bytes: Option<&[u8]>) -> &str {
    std::str::from_utf8(bytes.expect("every output has it")).unwrap()
}
