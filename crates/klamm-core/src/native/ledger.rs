//! Every symbol of librdkafka that these crates use, by name, and nowhere else.

pub(super) use rdkafka_sys::{
    RD_KAFKA_EVENT_DR,
    RD_KAFKA_EVENT_ERROR,
    RD_KAFKA_EVENT_LOG,
    RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH,
    RD_KAFKA_EVENT_OFFSET_COMMIT,
    RD_KAFKA_EVENT_REBALANCE,
    RD_KAFKA_EVENT_STATS,
    RD_KAFKA_PURGE_F_INFLIGHT,
    RD_KAFKA_PURGE_F_NON_BLOCKING,
    RD_KAFKA_PURGE_F_QUEUE,
    // administration
    rd_kafka_AdminOptions_destroy,
    rd_kafka_AdminOptions_new,
    rd_kafka_AdminOptions_set_operation_timeout,
    rd_kafka_AdminOptions_t,
    rd_kafka_CreateTopics,
    rd_kafka_CreateTopics_result_topics,
    rd_kafka_NewTopic_destroy,
    rd_kafka_NewTopic_new,
    rd_kafka_NewTopic_t,
    // transactions
    rd_kafka_abort_transaction,
    rd_kafka_admin_op_t,
    // client
    rd_kafka_assignment_lost,
    rd_kafka_begin_transaction,
    rd_kafka_commit_transaction,
    // configuration
    rd_kafka_conf,
    rd_kafka_conf_destroy,
    rd_kafka_conf_enable_sasl_queue,
    rd_kafka_conf_get,
    rd_kafka_conf_get_default_topic_conf,
    rd_kafka_conf_new,
    rd_kafka_conf_res_t,
    rd_kafka_conf_set,
    rd_kafka_conf_set_default_topic_conf,
    rd_kafka_conf_set_error_cb,
    rd_kafka_conf_set_events,
    rd_kafka_conf_set_opaque,
    rd_kafka_conf_t,
    // queues and events
    rd_kafka_consume_batch_queue,
    // group
    rd_kafka_consumer_close_queue,
    rd_kafka_consumer_closed,
    rd_kafka_consumer_group_metadata,
    rd_kafka_consumer_group_metadata_destroy,
    rd_kafka_consumer_group_metadata_generation_id,
    rd_kafka_consumer_group_metadata_group_id,
    rd_kafka_consumer_group_metadata_group_instance_id,
    rd_kafka_consumer_group_metadata_member_id,
    rd_kafka_consumer_group_metadata_new_with_genid,
    rd_kafka_consumer_group_metadata_t,
    rd_kafka_controllerid,
    rd_kafka_destroy,
    // errors
    rd_kafka_err2name,
    rd_kafka_err2str,
    rd_kafka_error_destroy,
    rd_kafka_error_is_fatal,
    rd_kafka_error_is_retriable,
    rd_kafka_error_string,
    rd_kafka_error_t,
    rd_kafka_error_txn_requires_abort,
    rd_kafka_event_CreateTopics_result,
    rd_kafka_event_config_string,
    rd_kafka_event_destroy,
    rd_kafka_event_error_is_fatal,
    rd_kafka_event_error_string,
    rd_kafka_event_log,
    rd_kafka_event_message_array,
    rd_kafka_event_opaque,
    rd_kafka_event_stats,
    rd_kafka_event_t,
    rd_kafka_event_topic_partition,
    rd_kafka_event_topic_partition_list,
    rd_kafka_event_type,
    rd_kafka_fatal_error,
    rd_kafka_flush,
    // headers
    rd_kafka_header_add,
    rd_kafka_header_cnt,
    rd_kafka_headers_destroy,
    rd_kafka_headers_new,
    rd_kafka_headers_t,
    rd_kafka_incremental_assign,
    rd_kafka_incremental_unassign,
    rd_kafka_init_transactions,
    // messages
    rd_kafka_message_destroy,
    rd_kafka_message_errstr,
    rd_kafka_message_leader_epoch,
    rd_kafka_message_t,
    rd_kafka_message_timestamp,
    // metadata
    rd_kafka_metadata_broker_t,
    rd_kafka_metadata_destroy,
    rd_kafka_metadata_partition_t,
    rd_kafka_metadata_t,
    rd_kafka_metadata_topic_t,
    rd_kafka_new,
    // tokens
    rd_kafka_oauthbearer_set_token,
    rd_kafka_oauthbearer_set_token_failure,
    rd_kafka_outq_len,
    rd_kafka_poll_set_consumer,
    // producing
    rd_kafka_produce,
    rd_kafka_producev,
    rd_kafka_purge,
    rd_kafka_queue_cb_event_enable,
    rd_kafka_queue_destroy,
    rd_kafka_queue_forward,
    rd_kafka_queue_get_consumer,
    rd_kafka_queue_get_main,
    rd_kafka_queue_get_partition,
    rd_kafka_queue_length,
    rd_kafka_queue_new,
    rd_kafka_queue_poll,
    rd_kafka_queue_t,
    rd_kafka_queue_yield,
    rd_kafka_rebalance_protocol,
    rd_kafka_resp_err_t,
    rd_kafka_sasl_background_callbacks_enable,
    rd_kafka_seek_partitions,
    rd_kafka_send_offsets_to_transaction,
    rd_kafka_set_log_queue,
    rd_kafka_t,
    rd_kafka_timestamp_type_t,
    rd_kafka_topic_conf_new,
    rd_kafka_topic_conf_set_opaque,
    rd_kafka_topic_conf_set_partitioner_cb,
    rd_kafka_topic_destroy,
    rd_kafka_topic_new,
    rd_kafka_topic_partition_destroy,
    // lists
    rd_kafka_topic_partition_get_leader_epoch,
    rd_kafka_topic_partition_list_add,
    rd_kafka_topic_partition_list_destroy,
    rd_kafka_topic_partition_list_new,
    rd_kafka_topic_partition_list_t,
    rd_kafka_topic_partition_set_leader_epoch,
    rd_kafka_topic_partition_t,
    rd_kafka_topic_result_error_string,
    rd_kafka_topic_result_t,
    rd_kafka_topic_t,
    rd_kafka_type_t,
    rd_kafka_version,
    rd_kafka_vtype_t,
};

use rdkafka_sys::rd_kafka_err_desc;

#[cfg(feature = "mock")]
pub(super) use rdkafka_sys::{
    rd_kafka_mock_broker_set_down, rd_kafka_mock_broker_set_rtt, rd_kafka_mock_broker_set_up,
    rd_kafka_mock_cgrp_consumer_target_assignment, rd_kafka_mock_cgrp_consumer_target_assignment_destroy,
    rd_kafka_mock_cgrp_consumer_target_assignment_new, rd_kafka_mock_cgrp_consumer_target_assignment_t,
    rd_kafka_mock_clear_request_errors, rd_kafka_mock_cluster_bootstraps, rd_kafka_mock_cluster_destroy,
    rd_kafka_mock_cluster_new, rd_kafka_mock_cluster_t, rd_kafka_mock_coordinator_set,
    rd_kafka_mock_group_initial_rebalance_delay_ms, rd_kafka_mock_partition_set_follower,
    rd_kafka_mock_partition_set_follower_wmarks, rd_kafka_mock_partition_set_leader,
    rd_kafka_mock_set_group_consumer_heartbeat_interval_ms,
    rd_kafka_mock_set_group_consumer_session_timeout_ms, rd_kafka_mock_topic_create,
};

use std::{
    ffi::{c_char, c_int},
    mem::offset_of,
};

/// No partition chosen: a macro in C, which the bindings leave out.
pub(super) const RD_KAFKA_PARTITION_UA: i32 = -1;

/// `rd_kafka_err_desc`, with its code as the number it is (rule N8).
#[repr(C)]
pub(super) struct ErrorDescription {
    pub(super) code: c_int,
    name: *const c_char,
    pub(super) text: *const c_char,
}

const _: () = {
    assert!(size_of::<ErrorDescription>() == size_of::<rd_kafka_err_desc>());
    assert!(offset_of!(ErrorDescription, code) == offset_of!(rd_kafka_err_desc, code));
    assert!(offset_of!(ErrorDescription, name) == offset_of!(rd_kafka_err_desc, name));
    assert!(offset_of!(ErrorDescription, text) == offset_of!(rd_kafka_err_desc, desc));
};

// Declared a second time, with the answer as the number it is (rule N8): `rdkafka-sys` reads it as a Rust enum, and a
// broker's newest code would be no value of that enum.
unsafe extern "C" {
    pub(super) fn rd_kafka_event_error(event: *mut rd_kafka_event_t) -> c_int;
    pub(super) fn rd_kafka_error_code(error: *const rd_kafka_error_t) -> c_int;
    pub(super) fn rd_kafka_assign(
        rk: *mut rd_kafka_t,
        partitions: *const rd_kafka_topic_partition_list_t,
    ) -> c_int;
    pub(super) fn rd_kafka_subscribe(
        rk: *mut rd_kafka_t,
        topics: *const rd_kafka_topic_partition_list_t,
    ) -> c_int;
    pub(super) fn rd_kafka_unsubscribe(rk: *mut rd_kafka_t) -> c_int;
    pub(super) fn rd_kafka_metadata(
        rk: *mut rd_kafka_t,
        all_topics: c_int,
        topic: *mut rd_kafka_topic_t,
        metadata: *mut *const rd_kafka_metadata_t,
        timeout_ms: c_int,
    ) -> c_int;
    pub(super) fn rd_kafka_commit_queue(
        rk: *mut rd_kafka_t,
        offsets: *const rd_kafka_topic_partition_list_t,
        queue: *mut rd_kafka_queue_t,
        callback: Option<unsafe extern "C" fn()>,
        opaque: *mut std::ffi::c_void,
    ) -> c_int;
    pub(super) fn rd_kafka_committed(
        rk: *mut rd_kafka_t,
        partitions: *mut rd_kafka_topic_partition_list_t,
        timeout_ms: c_int,
    ) -> c_int;
    pub(super) fn rd_kafka_position(
        rk: *mut rd_kafka_t,
        partitions: *mut rd_kafka_topic_partition_list_t,
    ) -> c_int;
    pub(super) fn rd_kafka_offsets_for_times(
        rk: *mut rd_kafka_t,
        partitions: *mut rd_kafka_topic_partition_list_t,
        timeout_ms: c_int,
    ) -> c_int;
    pub(super) fn rd_kafka_query_watermark_offsets(
        rk: *mut rd_kafka_t,
        topic: *const std::ffi::c_char,
        partition: i32,
        low: *mut i64,
        high: *mut i64,
        timeout_ms: c_int,
    ) -> c_int;
    pub(super) fn rd_kafka_get_watermark_offsets(
        rk: *mut rd_kafka_t,
        topic: *const std::ffi::c_char,
        partition: i32,
        low: *mut i64,
        high: *mut i64,
    ) -> c_int;
    pub(super) fn rd_kafka_last_error() -> c_int;
    pub(super) fn rd_kafka_message_headers(
        message: *const rd_kafka_message_t,
        headers: *mut *mut rd_kafka_headers_t,
    ) -> c_int;
    pub(super) fn rd_kafka_header_get_all(
        headers: *const rd_kafka_headers_t,
        index: usize,
        name: *mut *const std::ffi::c_char,
        value: *mut *const std::ffi::c_void,
        len: *mut usize,
    ) -> c_int;
    pub(super) fn rd_kafka_get_err_descs(table: *mut *const ErrorDescription, count: *mut usize);
    pub(super) fn rd_kafka_topic_result_error(result: *const rd_kafka_topic_result_t) -> c_int;
}

// Declared a second time as well, with codes that go in as the numbers they are.
#[cfg(feature = "mock")]
unsafe extern "C" {
    pub(super) fn rd_kafka_mock_push_request_errors_array(
        cluster: *mut rd_kafka_mock_cluster_t,
        api_key: i16,
        count: usize,
        codes: *const c_int,
    );
    pub(super) fn rd_kafka_mock_topic_set_error(
        cluster: *mut rd_kafka_mock_cluster_t,
        topic: *const c_char,
        code: c_int,
    );
}
