//! I13: a message's bytes are never copied unless that is asked for.

use std::collections::HashMap;

use super::{Invariant, Violation};
use crate::history::{Entry, Happened};

/// Checks that each handler was started with the message's key and payload where they were when the pipeline was handed it:
/// what holds unless they are copied on purpose, as by `detach`.
///
/// # Errors
///
/// The record whose bytes are in another place.
pub fn copies_nothing(entries: &[Entry]) -> Result<(), Violation> {
    let mut delivered = HashMap::new();
    for entry in entries {
        match &entry.what {
            Happened::Delivered(record) => {
                delivered.insert((&record.partition, record.epoch, record.offset), record.memory);
            }
            Happened::Started { record, .. } => {
                let name = (&record.partition, record.epoch, record.offset);
                if delivered.get(&name).is_some_and(|memory| *memory != record.memory) {
                    let what = format!("{} has copied it", entry.member);
                    return Err(Violation::new(Invariant::I13, what).at(&record.partition, record.offset));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use klamm_core::OwnedMessage;

    use super::*;
    use crate::{
        check::story::orders,
        history::{History, Outcome, Record},
    };

    fn message() -> OwnedMessage {
        OwnedMessage::builder("orders").offset(7).key("k").payload("hello").build()
    }

    /// A message is delivered, and the handler is given another.
    fn check(message: &OwnedMessage, handled: &OwnedMessage) -> Result<(), Violation> {
        let history = History::new();
        let member = history.member("a");
        member.note(Happened::Delivered(Arc::new(Record::of(message))));
        member.start(handled).finish(Outcome::Done);
        copies_nothing(&history.entries())
    }

    #[test]
    fn the_same_memory_is_in_order_and_a_copy_is_found() {
        let delivered = message();
        assert_eq!(check(&delivered, &delivered.clone()), Ok(()));
        assert_eq!(
            check(&delivered, &message()),
            Err(Violation::new(Invariant::I13, "a has copied it").at(&orders(), 7))
        );
    }

    #[test]
    fn without_a_byte_there_is_nothing_to_copy() {
        let empty = || OwnedMessage::builder("orders").offset(7).payload("").build();
        assert_eq!(check(&empty(), &empty()), Ok(()));
    }
}
