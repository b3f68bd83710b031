//! A list of partitions.

use std::{fmt, slice, vec};

use super::{PartitionOffset, TopicPartition};
use crate::ErrorCode;

/// A list of partitions with their offsets and errors, as requests and answers carry it.
///
/// It keeps the order in which partitions were added. A partition that is added twice stands in it twice, and
/// [`get`](Self::get) finds the first; a request is refused with
/// [`INVALID_ARGUMENT`](ErrorCode::INVALID_ARGUMENT) if its list names a partition twice.
///
/// ```
/// use klamm_core::{PartitionOffset, Start, TopicPartition, TopicPartitionList};
/// let mut list = TopicPartitionList::new();
/// list.add(TopicPartition::new("orders", 0));
/// list.add(PartitionOffset::from_start(TopicPartition::new("orders", 1), Start::Earliest));
/// assert_eq!(list.to_string(), "orders[0], orders[1]@earliest");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TopicPartitionList {
    entries: Vec<PartitionOffset>,
}

impl TopicPartitionList {
    /// Makes an empty list.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a partition at the end.
    pub fn add(&mut self, entry: impl Into<PartitionOffset>) {
        self.entries.push(entry.into());
    }

    /// Returns what is said of a partition, or `None` if it is not in the list. Takes time in proportion to the list.
    pub fn get(&self, topic: &str, partition: i32) -> Option<&PartitionOffset> {
        self.iter().find(|entry| is(&entry.partition, topic, partition))
    }

    /// Returns what is said of a partition, to be changed; otherwise as [`get`](Self::get).
    pub fn get_mut(&mut self, topic: &str, partition: i32) -> Option<&mut PartitionOffset> {
        self.iter_mut().find(|entry| is(&entry.partition, topic, partition))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the entries, in their order.
    pub fn iter(&self) -> slice::Iter<'_, PartitionOffset> {
        self.entries.iter()
    }

    /// Returns the entries, to be changed.
    pub fn iter_mut(&mut self) -> slice::IterMut<'_, PartitionOffset> {
        self.entries.iter_mut()
    }

    /// Returns the entries, as requests take them.
    pub fn as_slice(&self) -> &[PartitionOffset] {
        &self.entries
    }

    /// Returns the first partition that something went wrong with, and what.
    pub fn first_error(&self) -> Option<(&TopicPartition, ErrorCode)> {
        self.iter().find_map(|entry| Some((&entry.partition, entry.error?)))
    }
}

fn is(it: &TopicPartition, topic: &str, partition: i32) -> bool {
    it.partition == partition && *it.topic == *topic
}

impl<T: Into<PartitionOffset>> FromIterator<T> for TopicPartitionList {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        Self { entries: entries.into_iter().map(Into::into).collect() }
    }
}

impl<T: Into<PartitionOffset>> Extend<T> for TopicPartitionList {
    fn extend<I: IntoIterator<Item = T>>(&mut self, entries: I) {
        self.entries.extend(entries.into_iter().map(Into::into));
    }
}

impl IntoIterator for TopicPartitionList {
    type Item = PartitionOffset;
    type IntoIter = vec::IntoIter<PartitionOffset>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a> IntoIterator for &'a TopicPartitionList {
    type Item = &'a PartitionOffset;
    type IntoIter = slice::Iter<'a, PartitionOffset>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut TopicPartitionList {
    type Item = &'a mut PartitionOffset;
    type IntoIter = slice::IterMut<'a, PartitionOffset>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl fmt::Debug for TopicPartitionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(ToString::to_string)).finish()
    }
}

impl fmt::Display for TopicPartitionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{entry}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Position, Start, partitions::Offset};

    fn orders(partition: i32) -> TopicPartition {
        TopicPartition::new("orders", partition)
    }

    #[test]
    fn a_partition_is_found_by_its_name() {
        let mut list: TopicPartitionList =
            [orders(1), TopicPartition::new("refunds", 1)].into_iter().collect();
        list.extend([orders(0)]);
        list.get_mut("refunds", 1).unwrap().offset = Offset::At(Position::at(7));
        assert_eq!(list.get("refunds", 1).unwrap().position(), Some(Position::at(7)));
        assert_eq!(list.get("orders", 1).unwrap().position(), None);
        assert_eq!((list.get("orders", 2), list.get("refunds", 0), list.len()), (None, None, 3));
    }

    #[test]
    fn a_partition_added_twice_stands_in_it_twice() {
        let mut list = TopicPartitionList::new();
        list.add(PartitionOffset::at(orders(0), Position::at(1)));
        list.add(PartitionOffset::at(orders(0), Position::at(2)));
        assert_eq!(list.len(), 2);
        assert_eq!(list.get("orders", 0).unwrap().position(), Some(Position::at(1)));
    }

    #[test]
    fn the_first_error_is_named_and_the_text_is_readable() {
        let mut list: TopicPartitionList = (0..4).map(orders).collect();
        assert_eq!(list.first_error(), None);
        for entry in &mut list {
            match entry.partition.partition {
                0 => entry.offset = Offset::At(Position::after(41, Some(3))),
                1 => entry.offset = Offset::From(Start::Tail(5)),
                _ => entry.error = Some(ErrorCode::OFFSET_OUT_OF_RANGE),
            }
        }
        assert_eq!(list.first_error(), Some((&orders(2), ErrorCode::OFFSET_OUT_OF_RANGE)));
        let text = list.to_string();
        assert!(text.starts_with("orders[0]@42, orders[1]@end-5, orders[2]: "), "{text}");
        assert!(format!("{list:?}").contains("orders[1]@end-5"), "{list:?}");
    }
}
