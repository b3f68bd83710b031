//! Names, texts and classes of error codes.

use std::{
    ffi::{CStr, c_int},
    ptr,
};

use super::ledger::{
    ErrorDescription, rd_kafka_err2name, rd_kafka_err2str, rd_kafka_error_code, rd_kafka_error_destroy,
    rd_kafka_error_string, rd_kafka_error_t, rd_kafka_get_err_descs, rd_kafka_resp_err_t,
};
use super::text::copied;
use crate::{Error, ErrorCode, ErrorKind};

/// Returns librdkafka's name of a code; codes it does not know are `UNKNOWN_CODE`.
pub(crate) fn error_name(code: i32) -> &'static str {
    let Ok(code) = rd_kafka_resp_err_t::try_from(code) else { return "UNKNOWN_CODE" };
    // SAFETY: any value of the enum is a valid argument; no pointer is involved.
    let name = unsafe { rd_kafka_err2name(code) };
    // SAFETY: for a known code librdkafka returns an entry of its static table of names.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_str().unwrap_or("UNKNOWN_CODE")
}

/// Returns the codes of librdkafka's table.
pub(crate) fn known_codes() -> Vec<i32> {
    let (mut table, mut count) = (ptr::null::<ErrorDescription>(), 0);
    // SAFETY: both targets are ours.
    unsafe { rd_kafka_get_err_descs(&raw mut table, &raw mut count) };
    // SAFETY: the table is static and has that many entries, whose layout was checked against the bindings'.
    let table = unsafe { std::slice::from_raw_parts(table, count) };
    // The table is indexed by code; an entry without a text is a gap, or the mark of a range.
    let mut codes: Vec<_> =
        table.iter().filter(|entry| !entry.text.is_null()).map(|entry| entry.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Returns librdkafka's text for a code.
pub(crate) fn error_text(code: i32) -> String {
    let Ok(code) = rd_kafka_resp_err_t::try_from(code) else { return "unknown code".to_owned() };
    // SAFETY: any value of the enum is a valid argument.
    let text = unsafe { rd_kafka_err2str(code) };
    // SAFETY: the text is static, or thread-local and overwritten by this thread's next call only (N9).
    unsafe { copied(text) }
}

/// Turns the answer of a function that returns a code into a result.
pub(super) fn check(operation: &'static str, code: c_int) -> Result<(), Error> {
    match ErrorCode::check(code) {
        None => Ok(()),
        Some(code) => Err(Error::from(ErrorKind::Operation { operation, code, reason: code.text() })),
    }
}

/// Turns the answer of a function that returns an error object into a result, and frees the object.
///
/// # Safety
///
/// * `error` is null, or was returned by librdkafka to be destroyed by the caller, once.
pub(super) unsafe fn check_error(operation: &'static str, error: *mut rd_kafka_error_t) -> Result<(), Error> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null, and live until it is destroyed below.
    let code = unsafe { rd_kafka_error_code(error) };
    // SAFETY: as above.
    let reason = unsafe { rd_kafka_error_string(error) };
    // SAFETY: the string belongs to the error and is copied before that is destroyed.
    let reason = unsafe { copied(reason) };
    // SAFETY: the caller gave it up; nothing points to it any more.
    unsafe { rd_kafka_error_destroy(error) };
    Err(Error::from(ErrorKind::Operation { operation, code: ErrorCode::from_raw(code), reason }))
}
