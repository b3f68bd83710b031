//! Taking some messages, working on them, and so on.

use anyhow::Result;

use crate::topic::Topic;

/// How many messages are taken before they are worked on.
///
/// As many as fit the processor's cache, as a program has them there that works on what it has just read.
const PORTION: usize = 256;

/// Has `take` add so many messages of the topic to a list, and `work` work on the list and empty it, until there are no more.
///
/// # Errors
///
/// If the client does not get all messages.
pub(crate) fn portions<M>(
    topic: &Topic,
    mut take: impl FnMut(&mut Vec<M>, usize),
    mut work: impl FnMut(&mut Vec<M>),
) -> Result<()> {
    let mut portion = Vec::with_capacity(PORTION);
    let mut left = topic.messages();
    while left > 0 {
        let wanted = left.min(PORTION);
        topic.wait_for(wanted, || {
            let missing = wanted - portion.len();
            take(&mut portion, missing);
            portion.len()
        })?;
        work(&mut portion);
        left -= wanted;
    }
    Ok(())
}
