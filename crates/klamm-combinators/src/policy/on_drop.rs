//! What a dropped acknowledgement does.

/// What it means that an [`Ack`](crate::Ack) or a [`Done`](crate::Done) is dropped and never committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDrop {
    /// Its message stays not done: nothing of its partition beyond it is committed, and with
    /// [`stall_after`](crate::Records::stall_after) it is reported.
    #[default]
    Hold,
    /// Its partition is read again from its message on. Acknowledgements of messages behind it count for nothing.
    Redeliver,
    /// The stream of deliveries and the commit end with an error.
    Fail,
}
