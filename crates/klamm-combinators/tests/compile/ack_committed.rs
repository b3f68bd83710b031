//! Only what somebody has called done is committed.

use futures_util::TryStreamExt;
use klamm_combinators::{CommitExt, PipelineError, RecordsExt, Report, every};
use klamm_stream::Consumer;

fn main() {}

async fn early(consumer: &Consumer) -> Result<Report, PipelineError> {
    let acks = consumer.records().deliveries().map_ok(|delivery| delivery.into_parts().1);
    acks.commit(every(1)).await
}
