//! An error that a handler need not name.

use std::{error::Error, fmt};

/// Any error at all, for handlers that do not name theirs: `?` makes one of whatever it meets.
///
/// As it takes every error it is none itself; [`as_error`](Self::as_error) is the one it was made of.
pub struct AnyError(Box<dyn Error + Send + Sync>);

impl AnyError {
    /// Returns the error it was made of.
    pub fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// Returns the error it was made of, if it is of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// Returns the error it was made of.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for AnyError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for AnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::ProcessError;

    fn fails(with: &str) -> Result<(), AnyError> {
        match with {
            "io" => Err(io::Error::other("io"))?,
            "boxed" => Err(Box::<dyn Error + Send + Sync>::from("boxed"))?,
            words => Err(words)?,
        }
        Ok(())
    }

    #[test]
    fn whatever_it_was_made_of_shows_through() {
        for with in ["io", "boxed", "words"] {
            let error = fails(with).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.as_error().to_string().as_str()), (with, with));
            assert_eq!(error.downcast_ref::<io::Error>().is_some(), with == "io");
            assert_eq!(error.into_inner().to_string(), with);
        }
    }

    #[test]
    fn a_pipeline_that_ends_with_it_is_an_error_with_a_source() {
        let partition = klamm_core::TopicPartition::new("orders", 0);
        let error = ProcessError::Handler { partition, offset: 7, source: fails("io").unwrap_err() };
        let error: Box<dyn Error> = error.into();
        assert_eq!(error.to_string(), "the handler failed at orders[0]@7");
        assert_eq!(error.source().unwrap().to_string(), "io");
    }
}
