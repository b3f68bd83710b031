//! What went wrong with a producer, and how that is to be taken.

use std::{error::Error, fmt};

/// What went wrong with a producer, and how that is to be taken: the producer's own error, and its [class](ErrorClass).
pub struct ProducerError {
    class: ErrorClass,
    error: Box<dyn Error + Send + Sync>,
}

/// How an error of a producer is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The same may succeed later.
    Retriable,
    /// It can never succeed as it is, be it a record or a call; the producer goes on.
    Refused,
    /// The transaction cannot be committed. It is to be aborted, and everything of it done again.
    Abort,
    /// Another producer has taken this one's place: nothing of this one counts any more.
    Fenced,
    /// The producer cannot go on, and must be made anew.
    Fatal,
}

impl ProducerError {
    /// Sorts a producer's error into its class.
    pub fn new(class: ErrorClass, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { class, error: error.into() }
    }

    /// Returns how it is to be taken.
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// Tells whether the same may succeed later.
    pub fn is_retriable(&self) -> bool {
        self.class == ErrorClass::Retriable
    }

    /// Tells whether the producer cannot go on: it is fenced, or must be made anew.
    pub fn is_fatal(&self) -> bool {
        matches!(self.class, ErrorClass::Fenced | ErrorClass::Fatal)
    }

    /// Returns the producer's own error, if it is of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }

    /// Returns the producer's own error, which may hold the record.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.error
    }
}

/// In the words of the producer's own error.
impl fmt::Display for ProducerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for ProducerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProducerError").field("class", &self.class).field("error", &self.error).finish()
    }
}

impl Error for ProducerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[derive(Debug, thiserror::Error)]
    #[error("not delivered")]
    struct NotDelivered(#[source] std::io::Error);

    #[test]
    fn the_producers_own_error_shows_through() {
        let error = || NotDelivered(std::io::Error::other("broken"));
        let error = ProducerError::new(ErrorClass::Fatal, error());
        assert_eq!(
            (error.to_string(), error.source().unwrap().to_string()),
            ("not delivered".into(), "broken".into())
        );
        assert!(error.downcast_ref::<NotDelivered>().is_some());
        assert!(error.into_inner().downcast::<NotDelivered>().is_ok());
    }

    #[test]
    fn every_class_answers_for_itself() {
        let of = |class| {
            let error = ProducerError::new(class, ErrorCode::TIMED_OUT.text());
            (error.is_retriable(), error.is_fatal())
        };
        assert_eq!(of(ErrorClass::Retriable), (true, false));
        assert_eq!(of(ErrorClass::Refused), (false, false));
        assert_eq!(of(ErrorClass::Abort), (false, false));
        assert_eq!(of(ErrorClass::Fenced), (false, true));
        assert_eq!(of(ErrorClass::Fatal), (false, true));
    }
}
