//! A message and its acknowledgement.

use super::Ack;

/// A message, or what was made of it, and its acknowledgement.
#[derive(Debug)]
#[must_use = "a message that is never acknowledged holds up the commits of its partition"]
pub struct Delivery<T> {
    value: T,
    ack: Ack,
}

impl<T> Delivery<T> {
    pub(super) fn new(value: T, ack: Ack) -> Self {
        Self { value, ack }
    }

    /// Returns the message, or what was made of it.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Takes the two apart.
    pub fn into_parts(self) -> (T, Ack) {
        (self.value, self.ack)
    }

    /// Makes something else of the message.
    pub fn map_value<U>(self, f: impl FnOnce(T) -> U) -> Delivery<U> {
        Delivery { value: f(self.value), ack: self.ack }
    }

    /// Makes something else of the message.
    ///
    /// # Errors
    ///
    /// What `f` says; the acknowledgement is then dropped.
    pub fn try_map_value<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Delivery<U>, E> {
        Ok(Delivery { value: f(self.value)?, ack: self.ack })
    }
}
