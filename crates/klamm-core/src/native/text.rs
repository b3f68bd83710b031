//! Strings to and from C.

use std::ffi::{CStr, CString, c_char, c_int};
use std::time::Duration;

use crate::{Error, ErrorCode, ErrorKind};

/// Copies a string that C lends (rule N9); null becomes the empty string.
///
/// # Safety
///
/// * `text` is null, or points to a string that ends with NUL and lives until this returns.
pub(super) unsafe fn copied(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller promises the rest.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_string_lossy().into_owned()
}

/// Makes a C string; a NUL inside is an argument that librdkafka could not accept either.
pub(super) fn c_string(operation: &'static str, text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| invalid(operation, format!("{text:?} holds a NUL byte")))
}

/// Says that an argument cannot be one, before librdkafka is asked.
#[cold]
pub(super) fn invalid(operation: &'static str, reason: String) -> Error {
    Error::from(ErrorKind::Operation { operation, code: ErrorCode::INVALID_ARGUMENT, reason })
}

/// Converts a time limit to librdkafka's milliseconds: rounded up, and never so large that it wraps. `None` is for ever.
pub(super) fn timeout_ms(timeout: Option<Duration>) -> c_int {
    timeout.map_or(-1, |timeout| {
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        // librdkafka turns milliseconds into microseconds in 64 bits; the bound is that of the argument.
        c_int::try_from(millis).unwrap_or(c_int::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_never_wraps() {
        assert_eq!(timeout_ms(None), -1);
        assert_eq!(timeout_ms(Some(Duration::ZERO)), 0);
        assert_eq!(timeout_ms(Some(Duration::from_nanos(1))), 1);
        assert_eq!(timeout_ms(Some(Duration::from_secs(60 * 60 * 24 * 25))), c_int::MAX);
        assert_eq!(timeout_ms(Some(Duration::MAX)), c_int::MAX);
    }

    #[test]
    fn a_nul_byte_is_an_argument_error() {
        let error = c_string("rd_kafka_subscribe", "a\0b").unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_ARGUMENT));
    }
}
