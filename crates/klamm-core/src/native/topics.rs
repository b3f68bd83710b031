//! The topics a producer has met, with a handle each.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::client::Client;
use super::topic::TopicHandle;
use crate::Error;

/// A topic that a producer has met, by its place in the producer's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicId(usize);

/// The topics a producer has met. The table only grows, so that a record costs no count on its topic's handle.
#[derive(Default)]
pub(super) struct Topics {
    known: boxcar::Vec<Known>,
    by_name: Mutex<HashMap<Arc<str>, TopicId>>,
    /// The topic of the last record, which is mostly the next one's too.
    last: AtomicUsize,
}

struct Known {
    name: Arc<str>,
    handle: TopicHandle,
}

impl Topics {
    /// Returns the topic of this name, which librdkafka is told of on the first call for it.
    pub(super) fn find(&self, client: &Client, name: &str) -> Result<TopicId, Error> {
        let last = self.last.load(Ordering::Relaxed);
        if self.known.get(last).is_some_and(|known| *known.name == *name) {
            return Ok(TopicId(last));
        }
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_name.get(name).copied();
        let id = known.map_or_else(|| self.add(client, name, &mut by_name), Ok)?;
        self.last.store(id.0, Ordering::Relaxed);
        Ok(id)
    }

    fn add(
        &self,
        client: &Client,
        name: &str,
        by_name: &mut HashMap<Arc<str>, TopicId>,
    ) -> Result<TopicId, Error> {
        let handle = TopicHandle::new(client, name)?;
        let name: Arc<str> = name.into();
        let id = TopicId(self.known.push(Known { name: Arc::clone(&name), handle }));
        by_name.insert(name, id);
        Ok(id)
    }

    pub(super) fn name(&self, id: TopicId) -> &Arc<str> {
        &self.known[id.0].name
    }

    pub(super) fn handle(&self, id: TopicId) -> &TopicHandle {
        &self.known[id.0].handle
    }
}
