//! A code as the number it is.

use std::fmt;

use crate::native;

/// A code of librdkafka (negative) or of a Kafka broker (positive).
///
/// An open number rather than a closed enum: a broker may send a code that this release has no name for, and such a
/// code is carried, compared and printed like any other.
///
/// There is a constant for each code of librdkafka 2.12.1. A broker's code has the name that Kafka's protocol gives it,
/// a local one has librdkafka's, without the leading underscore.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(i32);

impl ErrorCode {
    /// Makes a code from its number.
    pub const fn from_raw(code: i32) -> Self {
        Self(code)
    }

    /// Returns the number.
    pub const fn to_raw(self) -> i32 {
        self.0
    }

    /// Returns the number as a code, or `None` for "no error".
    pub(crate) fn check(code: i32) -> Option<Self> {
        (code != 0).then_some(Self(code))
    }

    /// Returns every code that the linked librdkafka knows, [`NONE`](Self::NONE) among them
    /// (`rd_kafka_get_err_descs`).
    ///
    /// ```
    /// use klamm_core::ErrorCode;
    /// assert!(ErrorCode::known().any(|code| code == ErrorCode::REBALANCE_IN_PROGRESS));
    /// ```
    pub fn known() -> impl Iterator<Item = Self> {
        native::known_codes().into_iter().map(Self)
    }

    /// Returns the symbolic name, such as `REBALANCE_IN_PROGRESS`.
    pub fn name(self) -> &'static str {
        native::error_name(self.0)
    }

    /// Returns the text that librdkafka has for the code.
    pub fn text(self) -> String {
        native::error_text(self.0)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.text(), self.0)
    }
}

/// Declares constants for codes, and the list of them that the tests compare with librdkafka's.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $name: Self = Self::from_raw($code);)*
        }

        #[cfg(test)]
        pub(super) const NAMED: &[(ErrorCode, &str)] = &[$((ErrorCode::$name, stringify!($name))),*];
    };
}
pub(super) use codes;
