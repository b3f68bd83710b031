//! What is not to be started, and what is not to go on.

use std::future::Future;

use klamm_core::{Message, contract::Feed};

use super::{
    concurrent::{Runner, Running},
    rules::Rules,
    tail::Said,
};
use crate::{committer::Commits, engine::Fate, tracker::Ticket};

impl<C, F, K, H, Fut, U, E> Runner<C, F, K, H, Fut, U, E>
where
    C: Commits,
    F: Feed<Message: Message>,
    K: Rules,
    H: Fn(F::Message) -> Fut,
    Fut: Future<Output: Said<E>>,
    U: Fn(),
{
    /// Discards what waits and is not to be started, and drops the handlers whose partition is gone. Returns whether there
    /// was something to drop.
    pub(super) fn clear_away(&mut self) -> bool {
        self.discard();
        if !self.engine.must_drop() {
            return false;
        }
        let engine = &self.engine;
        for Running { held, lane } in self.slots.drop_where(|it| engine.is_over(it.held.ticket.epoch)) {
            self.engine.stop(held);
            self.engine.abandon();
            self.go_on(lane, false);
        }
        let engine = &self.engine;
        for of in self.tails.drop_where(|it| engine.is_over(it.held.ticket.epoch)) {
            self.engine.stop(of.held);
            self.engine.abandon();
        }
        self.engine.have_dropped();
        true
    }

    /// Discards what waits and is not to be started.
    pub(super) fn discard(&mut self) {
        let Self { engine, lanes, slots, tails, .. } = self;
        if !engine.take_must_discard() {
            return;
        }
        let discarded = lanes.discard(|waiting| {
            let Ticket { epoch, sequence } = waiting.held.ticket;
            match engine.fate(epoch) {
                Fate::InTurn => true,
                Fate::Never => false,
                Fate::ToFillGaps => {
                    let tailed = tails.kept().map(|it| it.held.ticket);
                    let started = slots.kept().map(|running| running.held.ticket).chain(tailed);
                    let started = started.filter(|it| it.epoch == epoch).map(|it| it.sequence);
                    started.chain(engine.last_done(epoch)).any(|last| sequence < last)
                }
            }
        });
        for waiting in discarded {
            engine.discard(waiting.held);
        }
    }
}
