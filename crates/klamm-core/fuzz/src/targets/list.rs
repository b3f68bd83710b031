//! The list of all targets.

use super::{config, headers, statistics};

/// Reads an input, and panics if something comes of it that must not.
type Target = fn(&[u8]);

/// Every target, under the name of its file.
pub(crate) const ALL: [(&str, Target); 3] =
    [("config", config::run), ("headers", headers::run), ("statistics", statistics::run)];
