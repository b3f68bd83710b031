//! Lists of partitions at the boundary.

use std::{
    ffi::{c_char, c_int, c_void},
    mem::offset_of,
    ptr::NonNull,
};

use super::ledger::{
    rd_kafka_topic_partition_get_leader_epoch, rd_kafka_topic_partition_list_add,
    rd_kafka_topic_partition_list_destroy, rd_kafka_topic_partition_list_new,
    rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_set_leader_epoch, rd_kafka_topic_partition_t,
};
use super::text::{c_string, copied};
use crate::{Error, ErrorCode, PartitionList, PartitionOffset, Position, TopicPartition};

/// A list that is ours.
pub(super) struct NativeList {
    ptr: NonNull<rd_kafka_topic_partition_list_t>,
}

impl NativeList {
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = c_int::try_from(capacity).unwrap_or(c_int::MAX);
        // SAFETY: allocates; the capacity is a hint.
        let ptr = unsafe { rd_kafka_topic_partition_list_new(capacity) };
        Self { ptr: NonNull::new(ptr).expect("librdkafka's allocator aborts rather than return null") }
    }

    pub(super) fn of(operation: &'static str, partitions: &[PartitionOffset]) -> Result<Self, Error> {
        let mut list = Self::new(partitions.len());
        for entry in partitions {
            list.add(operation, entry)?;
        }
        Ok(list)
    }

    fn add(&mut self, operation: &'static str, entry: &PartitionOffset) -> Result<(), Error> {
        let topic = c_string(operation, &entry.partition.topic)?;
        // SAFETY: the list is ours (N3); the name ends with NUL and is copied.
        let element = unsafe {
            rd_kafka_topic_partition_list_add(self.ptr.as_ptr(), topic.as_ptr(), entry.partition.partition)
        };
        if let Some(position) = entry.position {
            // SAFETY: the new element lives in our list until that grows or is freed, neither of which happens here.
            unsafe { (*element).offset = position.offset() };
            if let Some(leader_epoch) = position.leader_epoch() {
                // SAFETY: as above.
                unsafe { rd_kafka_topic_partition_set_leader_epoch(element, leader_epoch) };
            }
        }
        Ok(())
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_topic_partition_list_t {
        self.ptr.as_ptr()
    }

    pub(super) fn to_list(&self) -> PartitionList {
        // SAFETY: the list is ours and live.
        unsafe { read(self.ptr.as_ptr()) }
    }
}

impl Drop for NativeList {
    fn drop(&mut self) {
        // SAFETY: ours (N3).
        unsafe { rd_kafka_topic_partition_list_destroy(self.ptr.as_ptr()) };
    }
}

/// Copies a list that C lends; null is empty.
///
/// # Safety
///
/// * `list` is null, or live and not changed until this returns.
pub(super) unsafe fn read(list: *const rd_kafka_topic_partition_list_t) -> PartitionList {
    // SAFETY: null, or live as the caller promises.
    let Some(list) = (unsafe { list.as_ref() }) else { return PartitionList::new() };
    (0..usize::try_from(list.cnt).unwrap_or(0))
        .map(|index| {
            // SAFETY: `elems` holds `cnt` elements, and `index` is below that.
            let element = unsafe { list.elems.add(index) };
            // SAFETY: an element of a live list.
            unsafe { read_element(element) }
        })
        .collect()
}

/// `rd_kafka_topic_partition_t`, with its code as the number it is (rule N8).
#[repr(C)]
struct Fields {
    topic: *mut c_char,
    partition: i32,
    offset: i64,
    metadata: *mut c_void,
    metadata_size: usize,
    opaque: *mut c_void,
    err: c_int,
    private: *mut c_void,
}

const _: () = {
    assert!(size_of::<Fields>() == size_of::<rd_kafka_topic_partition_t>());
    assert!(offset_of!(Fields, topic) == offset_of!(rd_kafka_topic_partition_t, topic));
    assert!(offset_of!(Fields, partition) == offset_of!(rd_kafka_topic_partition_t, partition));
    assert!(offset_of!(Fields, offset) == offset_of!(rd_kafka_topic_partition_t, offset));
    assert!(offset_of!(Fields, metadata) == offset_of!(rd_kafka_topic_partition_t, metadata));
    assert!(offset_of!(Fields, metadata_size) == offset_of!(rd_kafka_topic_partition_t, metadata_size));
    assert!(offset_of!(Fields, opaque) == offset_of!(rd_kafka_topic_partition_t, opaque));
    assert!(offset_of!(Fields, err) == offset_of!(rd_kafka_topic_partition_t, err));
    assert!(offset_of!(Fields, private) == offset_of!(rd_kafka_topic_partition_t, _private));
};

/// Copies one element.
///
/// # Safety
///
/// * `element` is live and not changed until this returns.
pub(super) unsafe fn read_element(element: *const rd_kafka_topic_partition_t) -> PartitionOffset {
    // SAFETY: live as the caller promises; `Fields` has its layout, as asserted above.
    let fields = unsafe { &*element.cast::<Fields>() };
    // SAFETY: every element has a name, which lives as long as the element (N9).
    let topic = unsafe { copied(fields.topic) };
    // SAFETY: live.
    let leader_epoch = unsafe { rd_kafka_topic_partition_get_leader_epoch(element) };
    let leader_epoch = (leader_epoch >= 0).then_some(leader_epoch);
    let position = (fields.offset >= 0).then(|| Position::at(fields.offset).with_leader_epoch(leader_epoch));
    PartitionOffset {
        partition: TopicPartition::new(topic, fields.partition),
        position,
        error: ErrorCode::check(fields.err),
    }
}

/// Writes a list of names, as a subscription is one.
pub(super) fn topics(operation: &'static str, names: &[&str]) -> Result<NativeList, Error> {
    let mut list = NativeList::new(names.len());
    for name in names {
        list.add(operation, &PartitionOffset::unset(TopicPartition::new(*name, -1)))?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back_as_it_went() {
        let sent = vec![
            PartitionOffset::unset(TopicPartition::new("orders", 0)),
            PartitionOffset::at(TopicPartition::new("orders", 1), Position::at(41)),
            PartitionOffset::at(TopicPartition::new("zahlungen-ü", 2), Position::after(7, Some(3))),
        ];
        assert_eq!(NativeList::of("test", &sent).unwrap().to_list(), sent);
        assert_eq!(NativeList::of("test", &[]).unwrap().to_list(), []);
    }

    #[test]
    fn a_nul_byte_in_a_name_is_an_error() {
        let error = topics("rd_kafka_subscribe", &["a\0b"]).err().unwrap();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
    }
}
