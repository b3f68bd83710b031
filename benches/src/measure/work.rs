//! What was done, so that every client can be held to the same.

/// What was done, so that every client can be held to the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Messages that were handled.
    pub messages: usize,
    /// Bytes of their payloads.
    pub bytes: usize,
}

impl std::ops::Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { messages: self.messages + other.messages, bytes: self.bytes + other.bytes }
    }
}

impl std::ops::Sub for Work {
    type Output = Self;

    /// What was done after `other`, which is a part of this.
    fn sub(self, other: Self) -> Self {
        Self { messages: self.messages - other.messages, bytes: self.bytes - other.bytes }
    }
}

impl Work {
    /// Adds a message with a payload of `bytes` bytes.
    #[inline]
    pub fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes;
    }
}
