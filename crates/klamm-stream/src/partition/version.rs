//! Whether what was taken is still to be delivered.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// A partition's version, raised by everything that outdates what was taken and not delivered.
#[derive(Debug, Default)]
pub(super) struct Version {
    number: Arc<AtomicU32>,
}

/// A version at a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamp {
    number: Arc<AtomicU32>,
    then: u32,
}

impl Version {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn raise(&self) {
        self.number.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp { number: Arc::clone(&self.number), then: self.number.load(Ordering::Acquire) }
    }
}

impl Stamp {
    /// Tells whether the version is still the same. Asked for each message.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        self.number.load(Ordering::Acquire) == self.then
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_version_outdates_its_stamps() {
        let version = Version::new();
        let stamp = version.stamp();
        assert!(stamp.is_current());
        version.raise();
        assert!(!stamp.is_current() && version.stamp().is_current());
    }
}
