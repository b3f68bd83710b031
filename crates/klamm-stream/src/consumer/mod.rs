//! What the user holds.

mod assignments;
mod builder;
mod close;
mod commit;
mod diagnostics;
mod handle;
mod position;
mod queries;
mod subscription;

pub use assignments::Assignments;
pub use builder::Builder;
pub use close::CloseReport;
pub use diagnostics::{Diagnostics, PartitionDiagnostics};
pub use handle::Consumer;
pub use queries::PartitionLag;
