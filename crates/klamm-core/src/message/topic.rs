//! A topic's name, stored once per client.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use crate::native::{Client, WeakClient};

/// A topic's name, stored once per client, so that reading it from a message costs nothing.
#[derive(Clone)]
pub struct Topic {
    name: Arc<str>,
    index: usize,
    client: WeakClient,
}

impl Topic {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name as a shared string.
    pub fn to_shared(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Returns the client whose table this is from, which whoever borrows from the table keeps alive.
    pub(crate) fn client(&self) -> Client {
        self.client.upgrade().expect("a client outlives what is borrowed from it")
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&self.name).finish()
    }
}

/// The names a client has met. It only grows, so that a name can be lent for as long as the client lives.
#[derive(Default)]
pub(crate) struct TopicTable {
    topics: boxcar::Vec<Topic>,
    by_name: Mutex<HashMap<Arc<str>, usize>>,
}

impl TopicTable {
    /// Returns the entry of `name`, made on the first call for it.
    pub(crate) fn intern(&self, name: &str, client: impl FnOnce() -> WeakClient) -> &Topic {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let index = by_name.get(name).copied().unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            let entry = Arc::clone(&name);
            let client = client();
            let index = self.topics.push_with(|index| Topic { name: entry, index, client });
            by_name.insert(name, index);
            index
        });
        &self.topics[index]
    }

    pub(crate) fn get(&self, index: usize) -> &Topic {
        &self.topics[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_stored_once() {
        let table = TopicTable::default();
        let intern = |name| table.intern(name, WeakClient::default);
        let (first, other) = (intern("orders"), intern("payments"));
        assert!(std::ptr::eq(first, intern("orders")));
        assert_eq!((first.name(), other.name()), ("orders", "payments"));
        assert_eq!(table.get(other.index()).name(), "payments");
    }
}
