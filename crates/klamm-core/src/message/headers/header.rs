//! One header.

use std::{fmt, str::Utf8Error};

/// One header of a message: a name, and a value that may be absent.
///
/// A missing value (`None`) and an empty one (`Some(b"")`) are distinct, as on the wire. `Debug` shows how long the value
/// is, not what it holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header<'a> {
    name: &'a [u8],
    value: Option<&'a [u8]>,
}

impl<'a> Header<'a> {
    pub(super) fn new(name: &'a [u8], value: Option<&'a [u8]>) -> Self {
        Self { name, value }
    }

    /// Returns the name as text.
    ///
    /// # Errors
    ///
    /// Kafka means names to be UTF-8, but no broker checks that; [`name_bytes`](Self::name_bytes) returns any.
    pub fn name(&self) -> Result<&'a str, Utf8Error> {
        std::str::from_utf8(self.name)
    }

    /// Returns the name as it came over the wire.
    pub fn name_bytes(&self) -> &'a [u8] {
        self.name
    }

    /// Returns the value, or `None` if the header has none.
    pub fn value(&self) -> Option<&'a [u8]> {
        self.value
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("name", &String::from_utf8_lossy(self.name))
            .field("value_bytes", &self.value.map(<[u8]>::len))
            .finish()
    }
}
