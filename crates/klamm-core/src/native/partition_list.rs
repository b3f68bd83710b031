//! Lists of partitions at the boundary.

use std::{
    collections::HashSet,
    ffi::{c_char, c_int, c_void},
    mem::offset_of,
    ptr::NonNull,
};

use super::ledger::{
    RD_KAFKA_PARTITION_UA, rd_kafka_topic_partition_get_leader_epoch, rd_kafka_topic_partition_list_add,
    rd_kafka_topic_partition_list_destroy, rd_kafka_topic_partition_list_new,
    rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_set_leader_epoch, rd_kafka_topic_partition_t,
};
use super::text::{c_string, copied, invalid};
use crate::{
    Error, ErrorCode, PartitionOffset, Position, Start, TopicPartition, TopicPartitionList,
    partitions::Offset,
};

/// librdkafka's logical offsets: `RD_KAFKA_OFFSET_BEGINNING`, `_END`, `_STORED`, `_INVALID` and `_TAIL_BASE`.
const BEGINNING: i64 = -2;
const END: i64 = -1;
const STORED: i64 = -1000;
const INVALID: i64 = -1001;
const TAIL_BASE: i64 = -2000;

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

    /// Writes partitions, each once, wherever they start.
    pub(super) fn of(operation: &'static str, partitions: &[PartitionOffset]) -> Result<Self, Error> {
        Self::write(operation, partitions, |entry| offset(operation, entry))
    }

    /// Writes partitions that must all have a position, as those of a commit.
    pub(super) fn of_positions(
        operation: &'static str,
        partitions: &[PartitionOffset],
    ) -> Result<Self, Error> {
        Self::write(operation, partitions, |entry| match entry.offset {
            Offset::At(_) => offset(operation, entry),
            Offset::Unset | Offset::From(_) => Err(invalid(operation, format!("{entry} has no position"))),
        })
    }

    /// Writes partitions with a time in the place of the offset, as a lookup by time takes them.
    pub(super) fn of_times(operation: &'static str, partitions: &[PartitionOffset]) -> Result<Self, Error> {
        Self::write(operation, partitions, |entry| match entry.offset {
            Offset::From(Start::Timestamp(millis @ 0..)) => Ok(millis),
            _ => Err(invalid(operation, format!("{entry} has no time that could be looked up"))),
        })
    }

    fn write(
        operation: &'static str,
        partitions: &[PartitionOffset],
        offset: impl Fn(&PartitionOffset) -> Result<i64, Error>,
    ) -> Result<Self, Error> {
        let mut list = Self::new(partitions.len());
        let mut seen = HashSet::with_capacity(partitions.len());
        for entry in partitions {
            let TopicPartition { topic, partition } = &entry.partition;
            if *partition < 0 {
                return Err(invalid(
                    operation,
                    format!("{} is no partition: it is negative", entry.partition),
                ));
            }
            if !seen.insert(&entry.partition) {
                return Err(invalid(operation, format!("{} is named twice", entry.partition)));
            }
            let leader_epoch = entry.position().and_then(Position::leader_epoch);
            list.add(operation, topic, *partition, offset(entry)?, leader_epoch)?;
        }
        Ok(list)
    }

    fn add(
        &mut self,
        operation: &'static str,
        topic: &str,
        partition: i32,
        offset: i64,
        leader_epoch: Option<i32>,
    ) -> Result<(), Error> {
        if topic.is_empty() {
            return Err(invalid(operation, "a topic's name is empty".to_owned()));
        }
        let topic = c_string(operation, topic)?;
        // SAFETY: the list is ours (N3); the name ends with NUL and is copied.
        let element =
            unsafe { rd_kafka_topic_partition_list_add(self.ptr.as_ptr(), topic.as_ptr(), partition) };
        // SAFETY: the new element lives in our list until that grows or is freed, neither of which happens here.
        unsafe { (*element).offset = offset };
        if let Some(leader_epoch) = leader_epoch {
            // SAFETY: as above.
            unsafe { rd_kafka_topic_partition_set_leader_epoch(element, leader_epoch) };
        }
        Ok(())
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_topic_partition_list_t {
        self.ptr.as_ptr()
    }

    pub(super) fn to_list(&self) -> TopicPartitionList {
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

/// Turns what is said of a partition into librdkafka's number for it.
///
/// The only place where a logical offset is made, and [`meaning`] the only one where it is read.
fn offset(operation: &'static str, entry: &PartitionOffset) -> Result<i64, Error> {
    let impossible = |what: &str| Err(invalid(operation, format!("{entry}: {what}")));
    match entry.offset {
        Offset::Unset => Ok(INVALID),
        Offset::From(Start::Earliest) => Ok(BEGINNING),
        Offset::From(Start::Latest) => Ok(END),
        Offset::From(Start::Committed) => Ok(STORED),
        Offset::From(Start::Tail(count)) => match TAIL_BASE.checked_sub_unsigned(count) {
            Some(offset) => Ok(offset),
            None => impossible("so many messages cannot be counted"),
        },
        Offset::From(Start::Timestamp(_)) => impossible("a time must be looked up first"),
        // After the last offset there is no next one to commit, so no message has it.
        Offset::From(Start::Offset(i64::MAX)) => impossible("no message can have this offset"),
        Offset::At(position) if position.offset() == i64::MAX => {
            impossible("no message can have this offset")
        }
        Offset::From(Start::Offset(offset)) if offset >= 0 => Ok(offset),
        Offset::At(position) if position.offset() >= 0 => Ok(position.offset()),
        Offset::From(Start::Offset(_)) | Offset::At(_) => impossible("the offset is negative"),
    }
}

/// Tells what librdkafka means by a number: a negative one is never a position.
fn meaning(offset: i64, leader_epoch: Option<i32>) -> Offset {
    match offset {
        0.. => Offset::At(Position::at(offset).with_leader_epoch(leader_epoch)),
        BEGINNING => Offset::From(Start::Earliest),
        END => Offset::From(Start::Latest),
        STORED => Offset::From(Start::Committed),
        ..=TAIL_BASE => Offset::From(Start::Tail(offset.abs_diff(TAIL_BASE))),
        _ => Offset::Unset,
    }
}

/// Copies a list that C lends; null is empty.
///
/// # Safety
///
/// * `list` is null, or live and not changed until this returns.
pub(super) unsafe fn read(list: *const rd_kafka_topic_partition_list_t) -> TopicPartitionList {
    // SAFETY: null, or live as the caller promises.
    let Some(list) = (unsafe { list.as_ref() }) else { return TopicPartitionList::new() };
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
    PartitionOffset {
        partition: TopicPartition::new(topic, fields.partition),
        offset: meaning(fields.offset, leader_epoch),
        error: ErrorCode::check(fields.err),
    }
}

/// Writes a list of names, as a subscription is one.
pub(super) fn topics(operation: &'static str, names: &[&str]) -> Result<NativeList, Error> {
    let mut list = NativeList::new(names.len());
    for name in names {
        list.add(operation, name, RD_KAFKA_PARTITION_UA, INVALID, None)?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(partition: i32) -> TopicPartition {
        TopicPartition::new("orders", partition)
    }

    fn from(start: Start) -> PartitionOffset {
        PartitionOffset::from_start(orders(0), start)
    }

    /// Checks that a list cannot be sent, and returns the reason.
    fn refused(list: &[PartitionOffset]) -> String {
        let error = NativeList::of("test", list).err().unwrap();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
        error.to_string()
    }

    #[test]
    fn a_list_comes_back_as_it_went() {
        let starts = [Start::Earliest, Start::Latest, Start::Committed, Start::Tail(0), Start::Tail(5)];
        let named = (3..).zip(starts).map(|(n, start)| PartitionOffset::from_start(orders(n), start));
        let sent: TopicPartitionList = [
            PartitionOffset::unset(orders(0)),
            PartitionOffset::at(orders(1), Position::at(41)),
            PartitionOffset::at(TopicPartition::new("zahlungen-ü", 2), Position::after(7, Some(3))),
            PartitionOffset::at(orders(2), Position::at(i64::MAX - 1)),
        ]
        .into_iter()
        .chain(named)
        .collect();
        assert_eq!(NativeList::of("test", sent.as_slice()).unwrap().to_list(), sent);
        assert!(NativeList::of("test", &[]).unwrap().to_list().is_empty());
    }

    #[test]
    fn a_start_becomes_librdkafkas_number() {
        for (start, expected) in [
            (Start::Earliest, -2),
            (Start::Latest, -1),
            (Start::Committed, -1000),
            (Start::Offset(0), 0),
            (Start::Offset(42), 42),
            (Start::Tail(3), -2003),
            (Start::Tail(i64::MAX.unsigned_abs() - 1999), i64::MIN),
        ] {
            assert_eq!(offset("test", &from(start)).unwrap(), expected, "{start:?}");
        }
    }

    #[test]
    fn a_negative_number_is_never_a_position() {
        for offset in [-1, -2, -3, -999, -1000, -1001, -1002, -1999, -2000, -2001, i64::MIN] {
            assert!(!matches!(meaning(offset, Some(1)), Offset::At(_)), "{offset}");
        }
        assert_eq!(meaning(-1001, None), Offset::Unset);
        assert_eq!(meaning(0, None), Offset::At(Position::at(0)));
    }

    #[test]
    fn what_is_no_offset_is_an_error_that_says_why() {
        for (start, why) in [
            (Start::Offset(-1), "negative"),
            (Start::Offset(i64::MIN), "negative"),
            (Start::Offset(i64::MAX), "no message"),
            (Start::Tail(u64::MAX), "cannot be counted"),
            (Start::Tail(i64::MAX.unsigned_abs()), "cannot be counted"),
            (Start::Timestamp(1), "looked up"),
        ] {
            let reason = refused(&[from(start)]);
            assert!(reason.contains("orders[0]") && reason.contains(why), "{reason}");
        }
        for position in [Position::at(-1001), Position::at(i64::MIN), Position::after(i64::MAX, None)] {
            assert!(refused(&[PartitionOffset::at(orders(0), position)]).contains("orders[0]"));
        }
    }

    #[test]
    fn what_is_no_partition_is_an_error_that_says_why() {
        let unset = |topic: &str, partition| PartitionOffset::unset(TopicPartition::new(topic, partition));
        assert!(refused(&[unset("orders", -1)]).contains("negative"));
        assert!(refused(&[unset("orders", i32::MIN)]).contains("negative"));
        assert!(refused(&[unset("", 0)]).contains("empty"));
        assert!(refused(&[unset("a\0b", 0)]).contains("NUL"));
        assert!(refused(&[unset("a", 0), unset("b", 0), unset("a", 0)]).contains("a[0] is named twice"));
    }

    #[test]
    fn a_commit_takes_positions_and_a_lookup_takes_times() {
        let position = [PartitionOffset::at(orders(0), Position::at(1))];
        let time = [from(Start::Timestamp(1))];
        assert!(NativeList::of_positions("test", &position).is_ok());
        assert!(NativeList::of_times("test", &time).is_ok());
        for list in [&[from(Start::Earliest)], &time, &[PartitionOffset::unset(orders(0))]] {
            assert!(NativeList::of_positions("test", list).is_err(), "{list:?}");
        }
        for list in [&[from(Start::Timestamp(-1))], &position, &[from(Start::Offset(1))]] {
            assert!(NativeList::of_times("test", list).is_err(), "{list:?}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_a_topics_is_an_error() {
        for name in ["a\0b", ""] {
            let error = topics("rd_kafka_subscribe", &["orders", name]).err().unwrap();
            assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
        }
    }
}
