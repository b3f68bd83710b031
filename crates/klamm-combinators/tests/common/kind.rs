//! The kinds of pipelines that are held to their promises on a real cluster.

use std::{future::Future, time::Duration};

use klamm_combinators::{PipelineError, Records, Report};
use klamm_core::Message;
use klamm_stream::Consumer;
use klamm_testing::{
    check::Lane,
    history::{Member, Watched},
};

use super::Fine;

/// A kind of pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// `by_key(n)`
    ByKey(usize),
    /// `unordered(n)`
    Unordered(usize),
}

impl Kind {
    /// Runs a pipeline whose handlers await `work` on the offset of their message.
    pub(crate) async fn run<F: Future<Output = Fine>>(
        self,
        records: Records<Watched<Consumer>>,
        member: Member,
        work: impl Fn(i64) -> F,
    ) -> Result<Report, PipelineError> {
        match self {
            Self::ByKey(at_once) => {
                let records = records.by_key(at_once);
                records
                    .process(async move |message| member.handling(message, work(message.offset())).await)
                    .await
            }
            Self::Unordered(at_once) => {
                let records = records.unordered(at_once);
                records
                    .process(async move |message| member.handling(message, work(message.offset())).await)
                    .await
            }
        }
    }

    /// Returns how many handlers a member runs at once.
    pub(crate) fn at_once(self) -> usize {
        match self {
            Self::ByKey(at_once) | Self::Unordered(at_once) => at_once,
        }
    }

    /// Returns what is handled in order, if anything is.
    pub(crate) fn lane(self) -> Option<Lane> {
        matches!(self, Self::ByKey(_)).then_some(Lane::Key)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ByKey(_) => "by-key",
            Self::Unordered(_) => "unordered",
        }
    }
}

/// Takes 1 ms to `slowest`, different for each message and the same in each run.
pub(crate) async fn work(offset: i64, slowest: Duration) -> Fine {
    let spread = offset.unsigned_abs().wrapping_mul(0x9E37_79B9) >> 7;
    let millis = u64::try_from(slowest.as_millis()).expect("it is short");
    tokio::time::sleep(Duration::from_millis(1 + spread % millis)).await;
    Ok(())
}
