//! Why headers cannot be read.

/// Why the headers of a message cannot be read: the bytes that its producer wrote are no list of headers.
///
/// Everything else of the message is readable all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the headers are malformed at byte {at}: {reason}")]
pub struct HeadersError {
    at: usize,
    reason: &'static str,
}

impl HeadersError {
    pub(crate) fn new(at: usize, reason: &'static str) -> Self {
        Self { at, reason }
    }

    /// Returns how many bytes of the headers were readable.
    pub fn at(&self) -> usize {
        self.at
    }
}
