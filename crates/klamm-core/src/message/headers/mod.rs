//! Record headers: read where they lie, or owned.
//!
//! Kafka keeps headers as a list of names and values, in order, in which a name may stand several times and a value may be
//! absent. [`Headers`] is a view of that list as it came over the wire; nothing is parsed in advance or copied.
//! [`OwnedHeaders`] holds the same bytes, and can be built.

#[cfg(feature = "opentelemetry")]
mod carrier;
mod error;
mod header;
mod owned;
mod view;
mod wire;

pub use error::HeadersError;
pub use header::Header;
pub use owned::OwnedHeaders;
pub use view::{Headers, HeadersIter};
