//! The groups of librdkafka's in-process cluster, as a test wants them.

use std::{
    ffi::{CString, c_char, c_int},
    ptr::{self, NonNull},
    time::Duration,
};

use super::code::check;
use super::ledger::{
    rd_kafka_mock_cgrp_consumer_target_assignment, rd_kafka_mock_cgrp_consumer_target_assignment_destroy,
    rd_kafka_mock_cgrp_consumer_target_assignment_new, rd_kafka_mock_cgrp_consumer_target_assignment_t,
    rd_kafka_mock_coordinator_set, rd_kafka_mock_set_group_consumer_heartbeat_interval_ms,
    rd_kafka_mock_set_group_consumer_session_timeout_ms,
};
use super::mock::MockBroker;
use super::partition_list::NativeList;
use super::text::{c_string, invalid, timeout_ms};
use crate::{Error, TopicPartition, TopicPartitionList};

/// The longest time that the mock can turn into microseconds, which it counts in 32 bits.
const LONGEST_MS: c_int = c_int::MAX / 1_000;

impl MockBroker {
    /// Has a broker coordinate a group from now on (`rd_kafka_mock_coordinator_set`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if there is no such broker, of which the mock would die when it
    /// is asked (`rd_kafka_mock_handle_FindCoordinator` of 2.12.1), or the group's name holds NUL.
    pub fn set_coordinator(&self, group: &str, broker: i32) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_coordinator_set";
        if !self.has(broker) {
            return Err(invalid(OPERATION, format!("there is no broker {broker}")));
        }
        let group = c_string(OPERATION, group)?;
        // SAFETY: the cluster is ours; both strings end with NUL and are copied.
        let code = unsafe {
            rd_kafka_mock_coordinator_set(self.as_ptr(), c"group".as_ptr(), group.as_ptr(), broker)
        };
        check(OPERATION, code as c_int)
    }

    /// Says which member of a group of the new protocol gets which partitions from now on; members are named by
    /// [`GroupMetadata::member`](crate::GroupMetadata::member) (`rd_kafka_mock_cgrp_consumer_target_assignment`).
    ///
    /// A member that is not named keeps what it has, and one that joins gets nothing, until the next call or
    /// [`MockBroker::clear_target_assignment`]. A group or member that is not there yet is passed over.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if a name holds NUL, or a member's partitions are no list.
    pub fn set_target_assignment(
        &self,
        group: &str,
        members: &[(&str, &[TopicPartition])],
    ) -> Result<(), Error> {
        const OPERATION: &str = "rd_kafka_mock_cgrp_consumer_target_assignment";
        let group = c_string(OPERATION, group)?;
        let target = TargetAssignment::new(OPERATION, members)?;
        // SAFETY: the cluster is ours; the name ends with NUL; the target is ours (N3); both are copied.
        unsafe {
            rd_kafka_mock_cgrp_consumer_target_assignment(self.as_ptr(), group.as_ptr(), target.0.as_ptr());
        }
        Ok(())
    }

    /// Leaves it to the mock again who gets which partitions.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Operation`](crate::ErrorKind::Operation) if the group's name holds NUL.
    pub fn clear_target_assignment(&self, group: &str) -> Result<(), Error> {
        let group = c_string("rd_kafka_mock_cgrp_consumer_target_assignment", group)?;
        // SAFETY: the cluster is ours; the name ends with NUL and is copied; null stands for no target.
        unsafe {
            rd_kafka_mock_cgrp_consumer_target_assignment(self.as_ptr(), group.as_ptr(), ptr::null_mut());
        }
        Ok(())
    }

    /// Sets how long a member of a group of the new protocol may be silent, at most 35 minutes
    /// (`rd_kafka_mock_set_group_consumer_session_timeout_ms`). The mock looks once a second.
    pub fn set_session_timeout(&self, timeout: Duration) {
        let millis = timeout_ms(Some(timeout)).min(LONGEST_MS);
        // SAFETY: the cluster is ours.
        unsafe { rd_kafka_mock_set_group_consumer_session_timeout_ms(self.as_ptr(), millis) };
    }

    /// Sets how often a member of a group of the new protocol is told to report, at most every 35 minutes
    /// (`rd_kafka_mock_set_group_consumer_heartbeat_interval_ms`).
    pub fn set_heartbeat_interval(&self, interval: Duration) {
        let millis = timeout_ms(Some(interval)).min(LONGEST_MS);
        // SAFETY: the cluster is ours.
        unsafe { rd_kafka_mock_set_group_consumer_heartbeat_interval_ms(self.as_ptr(), millis) };
    }
}

/// Who gets what, as the mock wants it.
struct TargetAssignment(NonNull<rd_kafka_mock_cgrp_consumer_target_assignment_t>);

impl TargetAssignment {
    fn new(operation: &'static str, members: &[(&str, &[TopicPartition])]) -> Result<Self, Error> {
        let count = c_int::try_from(members.len())
            .map_err(|_| invalid(operation, "so many members cannot be counted".to_owned()))?;
        let (mut names, mut lists) = (Vec::new(), Vec::new());
        for (member, partitions) in members {
            let list: TopicPartitionList = partitions.iter().cloned().collect();
            names.push(c_string(operation, member)?);
            lists.push(NativeList::of(operation, list.as_slice())?);
        }
        let mut name_ptrs: Vec<*mut c_char> = names.iter().map(as_mut_ptr).collect();
        let mut list_ptrs: Vec<_> = lists.iter().map(NativeList::as_ptr).collect();
        // SAFETY: both arrays have so many elements; names, which end with NUL, and lists are ours, and copied.
        let target = unsafe {
            rd_kafka_mock_cgrp_consumer_target_assignment_new(
                name_ptrs.as_mut_ptr(),
                count,
                list_ptrs.as_mut_ptr(),
            )
        };
        Ok(Self(NonNull::new(target).expect("librdkafka's allocator aborts rather than return null")))
    }
}

impl Drop for TargetAssignment {
    fn drop(&mut self) {
        // SAFETY: ours (N3).
        unsafe { rd_kafka_mock_cgrp_consumer_target_assignment_destroy(self.0.as_ptr()) };
    }
}

/// C declares names that it only reads as if it wrote to them.
fn as_mut_ptr(name: &CString) -> *mut c_char {
    name.as_ptr().cast_mut()
}
