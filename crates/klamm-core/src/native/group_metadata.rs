//! Who a consumer is to its group, as a transaction wants to know it.

use std::{
    fmt,
    ptr::{self, NonNull},
};

use super::client::Client;
use super::ledger::{
    rd_kafka_consumer_group_metadata, rd_kafka_consumer_group_metadata_destroy,
    rd_kafka_consumer_group_metadata_generation_id, rd_kafka_consumer_group_metadata_group_id,
    rd_kafka_consumer_group_metadata_group_instance_id, rd_kafka_consumer_group_metadata_member_id,
    rd_kafka_consumer_group_metadata_new_with_genid, rd_kafka_consumer_group_metadata_t,
};
use super::text::{c_string, copied};
use crate::{Error, ErrorCode, ErrorKind};

/// Who a consumer was to its group when it was asked: what fences the positions that a transaction commits for it.
///
/// It is a copy of its own, which outlives the client and does not follow it: take it while the assignment stands whose
/// messages the transaction is about.
pub struct GroupMetadata {
    ptr: NonNull<rd_kafka_consumer_group_metadata_t>,
}

// SAFETY: plain data of our own, not tied to a thread.
unsafe impl Send for GroupMetadata {}
// SAFETY: nothing writes to it until it is dropped.
unsafe impl Sync for GroupMetadata {}

impl GroupMetadata {
    /// Makes that of a member: for a source that is not a consumer of librdkafka, as a test's is
    /// (`rd_kafka_consumer_group_metadata_new_with_genid`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_INVALID_ARG` if a name holds a NUL byte.
    pub fn new(group: &str, generation: i32, member: &str) -> Result<Self, Error> {
        const OPERATION: &str = "rd_kafka_consumer_group_metadata_new_with_genid";
        let (group, member) = (c_string(OPERATION, group)?, c_string(OPERATION, member)?);
        // SAFETY: the strings are copied during the call, and there need be no instance name.
        let metadata = unsafe {
            rd_kafka_consumer_group_metadata_new_with_genid(
                group.as_ptr(),
                generation,
                member.as_ptr(),
                ptr::null(),
            )
        };
        let ptr = NonNull::new(metadata).expect("librdkafka ends the process when it has no memory");
        Ok(Self { ptr })
    }

    /// Returns the group's name (`group.id`).
    pub fn group(&self) -> String {
        // SAFETY: ours (N3).
        let group = unsafe { rd_kafka_consumer_group_metadata_group_id(self.ptr.as_ptr()) };
        // SAFETY: the string lives as long as what it belongs to (N9).
        unsafe { copied(group) }
    }

    /// Returns the member's name; empty before a classic group has given it one.
    pub fn member(&self) -> String {
        // SAFETY: ours (N3).
        let member = unsafe { rd_kafka_consumer_group_metadata_member_id(self.ptr.as_ptr()) };
        // SAFETY: the string lives as long as what it belongs to (N9).
        unsafe { copied(member) }
    }

    /// Returns the member's lasting name (`group.instance.id`), if it has one.
    pub fn instance(&self) -> Option<String> {
        // SAFETY: ours (N3).
        let instance = unsafe { rd_kafka_consumer_group_metadata_group_instance_id(self.ptr.as_ptr()) };
        if instance.is_null() {
            return None;
        }
        // SAFETY: the string lives as long as what it belongs to (N9).
        Some(unsafe { copied(instance) })
    }

    /// Returns the group's generation, or with `group.protocol=consumer` the member's epoch; `None` unless it has joined.
    pub fn generation(&self) -> Option<i32> {
        // SAFETY: ours (N3).
        let generation = unsafe { rd_kafka_consumer_group_metadata_generation_id(self.ptr.as_ptr()) };
        (generation >= 0).then_some(generation)
    }

    /// What a transaction hands to librdkafka.
    pub(super) fn as_ptr(&self) -> *const rd_kafka_consumer_group_metadata_t {
        self.ptr.as_ptr()
    }
}

impl Client {
    /// Returns who the consumer is to its group; waits for librdkafka's main thread
    /// (`rd_kafka_consumer_group_metadata`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) with `_UNKNOWN_GROUP` if the client has no group, or has
    /// left it for good.
    pub fn group_metadata(&self) -> Result<GroupMetadata, Error> {
        // SAFETY: the handle is live (N1).
        let metadata = unsafe { rd_kafka_consumer_group_metadata(self.as_ptr()) };
        let ptr = NonNull::new(metadata).ok_or(Error::from(ErrorKind::Operation {
            operation: "rd_kafka_consumer_group_metadata",
            code: ErrorCode::UNKNOWN_GROUP,
            reason: "the client is in no group".to_owned(),
        }))?;
        Ok(GroupMetadata { ptr })
    }
}

impl fmt::Debug for GroupMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupMetadata")
            .field("group", &self.group())
            .field("member", &self.member())
            .field("instance", &self.instance())
            .field("generation", &self.generation())
            .finish()
    }
}

impl Drop for GroupMetadata {
    fn drop(&mut self) {
        // SAFETY: ours (N3).
        unsafe { rd_kafka_consumer_group_metadata_destroy(self.ptr.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_says_is_what_a_transaction_is_handed() {
        let metadata = GroupMetadata::new("group", 7, "member").unwrap();
        assert_eq!((&*metadata.group(), &*metadata.member()), ("group", "member"));
        assert_eq!((metadata.generation(), metadata.instance()), (Some(7), None));
        assert_eq!(GroupMetadata::new("group", -1, "").unwrap().generation(), None);
        let error = GroupMetadata::new("group", 7, "a\0b").unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
    }
}
