//! What an area's own client must not exceed.

/// What an area's own client must not exceed, in every case.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The client that is held to them.
    pub client: &'static str,
    /// Its instructions, as a multiple of another client's.
    pub instructions: &'static [(&'static str, f64)],
    /// Its allocations per message.
    pub allocations: f64,
}
