//! What the user holds.

mod builder;
mod close;
mod commit;
mod diagnostics;
mod handle;

pub use builder::Builder;
pub use close::CloseReport;
pub use diagnostics::Diagnostics;
pub use handle::Consumer;
