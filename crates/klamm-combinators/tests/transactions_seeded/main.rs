//! Pipelines that produce within transactions, whatever happens to them in whatever order: outputs and positions are committed
//! together or not at all (I10), and in the end each message has its outputs once.

#[path = "../common/mod.rs"]
mod common;

mod gates;
mod seen;
mod world;

use common::{random::Random, script::Script, transacted::Kind};
use gates::Gates;
use klamm_core::contract::Window;
use klamm_testing::{Called, ScriptedProducer};
use seen::Seen;
use world::{MILLISECOND, World};

const SEEDS: u32 = 200;

#[test]
fn outputs_and_positions_come_together_one_after_the_other() {
    under_all_seeds(Kind::Serial);
}

#[test]
fn outputs_and_positions_come_together_by_partition() {
    under_all_seeds(Kind::ByPartition);
}

#[test]
fn outputs_and_positions_come_together_by_key() {
    under_all_seeds(Kind::ByKey);
}

#[test]
fn outputs_and_positions_come_together_without_an_order() {
    under_all_seeds(Kind::Unordered);
}

/// Runs a kind of pipeline under each seed, and sees to it that enough has happened.
fn under_all_seeds(kind: Kind) {
    let (mut commits, mut aborts, mut seen) = (0, 0, Seen::default());
    for seed in 0..SEEDS {
        let mut random = Random(u64::from(seed));
        let interval = MILLISECOND * [50, 3_600_000][random.below(2)];
        let producer = ScriptedProducer::transactional(Window::new(2 + random.below(6), interval));
        producer.set_room([2, 1_000][random.below(2)]);
        let (script, gates) = (Script::new(), Gates::default());
        let mut world = World::new(kind, seed, random, &script, &producer, &gates);
        world.live();
        world.end();
        seen = seen + world.seen;
        for called in producer.called() {
            commits += u32::from(called == Called::Commit);
            aborts += u32::from(called == Called::Abort);
        }
    }
    assert!(commits > 4 * SEEDS && aborts > 2 * SEEDS, "{kind:?}: {commits} commits, {aborts} aborts");
    seen.is_enough(SEEDS);
}
