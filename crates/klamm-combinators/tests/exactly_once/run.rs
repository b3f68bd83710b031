//! A group whose members are killed and replaced, and whose brokers fall and get up again.

use std::collections::VecDeque;

use tokio::task::block_in_place;

use super::{Guarantee, Member, Scene, Seen};
use crate::common::process::Process;

const MEMBERS: usize = 3;
const BROKERS: [i32; 3] = [1, 2, 3];
/// How many more inputs are to be committed before the next thing happens.
const BETWEEN: usize = 8_000;

/// A scene with the processes of its members.
pub(crate) struct Run {
    pub(crate) scene: Scene,
    guarantee: Guarantee,
    /// The test that a member's process is started as.
    test: &'static str,
    /// The one that has lived longest comes first.
    members: VecDeque<(String, Process)>,
    /// How many members were started.
    started: usize,
    /// What members have said.
    pub(crate) seen: Seen,
    pub(crate) kills: usize,
    pub(crate) replaced: usize,
    pub(crate) fallen: usize,
}

impl Run {
    /// Starts the members.
    pub(crate) fn start(test: &'static str, guarantee: Guarantee, scene: Scene) -> Self {
        let (members, seen) = (VecDeque::new(), Seen::default());
        let mut run =
            Self { scene, guarantee, test, members, started: 0, seen, kills: 0, replaced: 0, fallen: 0 };
        (0..MEMBERS).for_each(|_| run.start_member(None));
        run
    }

    /// Lets one thing happen to the group after the other, each when it has got on, until `is_over`.
    pub(crate) async fn disturb(&mut self, is_over: impl Fn() -> bool) {
        for step in (0..3).cycle() {
            self.get_on().await;
            if is_over() {
                break;
            }
            match step {
                0 => self.kill_member(),
                1 => self.replace_member(),
                _ => self.fell_broker().await,
            }
        }
    }

    /// Has all members leave.
    pub(crate) fn stop(&mut self) {
        self.members.iter_mut().for_each(|(_, member)| member.tell("stop"));
        self.members.drain(..).for_each(|(_, member)| block_in_place(|| member.end()));
    }

    /// Returns how often everything has happened.
    pub(crate) fn rounds(&self) -> usize {
        self.kills.min(self.replaced).min(self.fallen)
    }

    /// Waits until there has been some progress, or nothing is left to do.
    async fn get_on(&self) {
        let (done, all) = block_in_place(|| (self.scene.done(), self.scene.ends().iter().sum::<i64>()));
        self.scene.reach((done + BETWEEN).min(usize::try_from(all).unwrap())).await;
    }

    /// Starts a member; its transactions have this id, or one that nobody has used.
    fn start_member(&mut self, id: Option<String>) {
        self.started += 1;
        let id = id.unwrap_or_else(|| format!("{}-m{}", self.scene.topic, self.started));
        let what = Member::in_words(&self.scene, self.guarantee, &id);
        let member = Process::start(self.test, &what, self.seen.listen());
        self.members.push_back((id, member));
    }

    /// Kills a member, and starts another. In turn: it takes over the id of the killed one, whose transaction is then taken back
    /// at once, and it does not, so that readers wait for the time-out of that transaction.
    fn kill_member(&mut self) {
        let (id, member) = self.members.pop_front().unwrap();
        block_in_place(|| member.kill());
        self.start_member((self.kills % 2 == 0).then_some(id));
        self.kills += 1;
    }

    /// Has a member leave when another has come.
    fn replace_member(&mut self) {
        self.start_member(None);
        let (_, mut member) = self.members.pop_front().unwrap();
        member.tell("stop");
        block_in_place(|| member.end());
        self.replaced += 1;
    }

    /// Kills a broker, and starts it again when the group has got on without it.
    async fn fell_broker(&mut self) {
        let broker = BROKERS[self.fallen % BROKERS.len()];
        self.fallen += 1;
        let fault = block_in_place(|| self.scene.cluster.kill(broker)).unwrap();
        self.get_on().await;
        block_in_place(|| fault.end()).unwrap();
        let (input, output) = (&self.scene.topic, &self.scene.out());
        let mut topics = vec![&**input, output, "__consumer_offsets"];
        if self.guarantee == Guarantee::ExactlyOnce {
            topics.push("__transaction_state");
        }
        block_in_place(|| self.scene.cluster.wait_in_sync(&topics)).unwrap();
    }
}
