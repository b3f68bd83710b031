//! What happens in the demo, in order.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use klamm_producer::{Producer, Record};

use super::cluster::{Cluster, PARTITIONS, PAYLOAD, TOPIC};
use super::member::Member;
use super::outcome::Figures;
use super::progress::Progress;
use super::tally::Tally;

/// How often the display is renewed, and the story looked at.
const TICK: Duration = Duration::from_millis(20);
/// How long nothing may happen before what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// Records sent together.
const BURST: usize = 1_000;

/// Tells the story, and accounts for every message.
pub(super) async fn tell(cluster: &Cluster, messages: usize) -> Result<Figures> {
    let tally = Arc::new(Tally::new(messages));
    let mut progress = Progress::new(cluster.name(), messages);
    let started = Instant::now();
    let producing = tokio::spawn(produce(cluster, messages, &tally)?);

    progress.say("the first member joins");
    let first = Member::join(cluster.consumer_config(), &tally)?;
    let mut members = vec![first];
    let reach = |share: usize| u64::try_from(messages * share / 3).unwrap_or(u64::MAX);
    let mut watch = Watch { tally: &tally, last: (0, Instant::now()) };

    watch.until(&mut progress, &members, |now, _| now.handled >= reach(1)).await?;
    progress.say("a second member joins");
    members.push(Member::join(cluster.consumer_config(), &tally)?);

    let is_shared = |members: &[Member]| !members[1].diagnostics().partitions.is_empty();
    watch
        .until(&mut progress, &members, |now, members| now.handled >= reach(2) && is_shared(members))
        .await?;
    progress.say("the first member leaves");
    let mut lives = vec![members.remove(0).leave().await?];

    let all = watch.until(&mut progress, &members, |now, _| now.handled >= reach(3)).await;
    let elapsed = started.elapsed();
    match &all {
        Ok(()) => progress.say("everything is handled; the second member leaves"),
        // What is missing is counted below.
        Err(error) => progress.say(&format!("{error:#}")),
    }
    lives.push(members.remove(0).leave().await?);
    if all.is_ok() {
        producing.await.context("the producer")??;
    }
    progress.end();

    let rebalances = lives.iter().map(|life| life.rebalances).sum();
    let longest_hold = lives.iter().map(|life| life.longest_hold).max().unwrap_or_default();
    let now = tally.now();
    Ok(Figures {
        cluster: cluster.name(),
        produced: now.produced,
        processed: now.handled,
        lost: u64::try_from(messages - tally.distinct())?,
        duplicated: tally.repeated(),
        committed: cluster.committed()?,
        log_end: cluster.log_end()?,
        rebalances,
        longest_hold,
        elapsed,
    })
}

/// Sends all messages, numbered by their keys.
fn produce(
    cluster: &Cluster,
    messages: usize,
    tally: &Arc<Tally>,
) -> Result<impl Future<Output = Result<()>> + Send + 'static> {
    let producer = Producer::builder(cluster.producer_config()).start()?;
    let tally = Arc::clone(tally);
    Ok(async move {
        for burst in (0..messages).collect::<Vec<_>>().chunks(BURST) {
            let send = |number: &usize| {
                let partition = i32::try_from(number % PARTITIONS).unwrap_or(0);
                let record = Record::to(TOPIC).partition(partition).key(number.to_string());
                producer.send(record.payload(vec![b'.'; PAYLOAD]))
            };
            for delivery in burst.iter().map(send).collect::<Vec<_>>() {
                delivery.await?;
                tally.produced();
            }
        }
        Ok(())
    })
}

/// Looks at the tally until something is so, and gives up when nothing happens any more.
struct Watch<'t> {
    tally: &'t Tally,
    /// The count of handled messages that was seen last, and when it was new.
    last: (u64, Instant),
}

impl Watch<'_> {
    async fn until(
        &mut self,
        progress: &mut Progress,
        members: &[Member],
        is_so: impl Fn(super::tally::Now, &[Member]) -> bool,
    ) -> Result<()> {
        loop {
            for member in members {
                self.tally.committed(&member.diagnostics());
            }
            let now = self.tally.now();
            progress.show(now);
            if is_so(now, members) {
                return Ok(());
            }
            if members.iter().any(Member::has_failed) {
                bail!("a member's pipeline ended by itself");
            }
            if now.handled != self.last.0 {
                self.last = (now.handled, Instant::now());
            } else if self.last.1.elapsed() > PATIENCE {
                bail!("nothing was handled for {PATIENCE:?}; {} are missing", now.lag());
            }
            tokio::time::sleep(TICK).await;
        }
    }
}
