//! One size of an area's job.

use crate::measure::Work;

/// One size of an area's job.
pub trait Case {
    /// Returns its name in tables and on command lines.
    fn name(&self) -> &'static str;

    /// Returns what every client has done when it is done.
    fn work(&self) -> Work;
}
