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
#[derive(Clone, Copy, Default)]
pub(super) struct TopicId(usize);

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
    #[inline]
    pub(super) fn find(&self, client: &Client, name: &Arc<str>) -> Result<(TopicId, &TopicHandle), Error> {
        let last = self.last.load(Ordering::Relaxed);
        match self.known.get(last) {
            // Mostly it is the same place in memory, and is not compared byte by byte.
            Some(known) if Arc::ptr_eq(&known.name, name) || known.name == *name => {
                Ok((TopicId(last), &known.handle))
            }
            _ => self.look_up(client, name),
        }
    }

    #[cold]
    fn look_up(&self, client: &Client, name: &Arc<str>) -> Result<(TopicId, &TopicHandle), Error> {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_name.get(name).copied();
        let id = known.map_or_else(|| self.add(client, name, &mut by_name), Ok)?;
        self.last.store(id.0, Ordering::Relaxed);
        Ok((id, &self.known[id.0].handle))
    }

    fn add(
        &self,
        client: &Client,
        name: &Arc<str>,
        by_name: &mut HashMap<Arc<str>, TopicId>,
    ) -> Result<TopicId, Error> {
        let handle = TopicHandle::new(client, name)?;
        let id = TopicId(self.known.push(Known { name: Arc::clone(name), handle }));
        by_name.insert(Arc::clone(name), id);
        Ok(id)
    }

    pub(super) fn name(&self, id: TopicId) -> &Arc<str> {
        &self.known[id.0].name
    }
}
