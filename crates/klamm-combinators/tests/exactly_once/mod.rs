//! Members that consume, process and produce in processes of their own, what befalls them, and what is in the output then.
#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]

mod scene;
mod seen;

mod member;
mod run;

mod output;

pub(crate) use member::Member;
pub(crate) use output::{Output, none};
pub(crate) use run::Run;
pub(crate) use scene::{Guarantee, Scene, until};
pub(crate) use seen::{Seen, say};
