//! What the harnesses of all areas share.

mod area;

pub(crate) use area::main;
