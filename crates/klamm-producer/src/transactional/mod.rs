//! A producer that sends within transactions.

mod answer;
mod builder;
mod handle;
mod thread;

pub use answer::TransactionAnswer;
pub use builder::TransactionalBuilder;
pub use handle::Transactional;
