//! The tasks that read, and which of them wait.

use std::{
    sync::{Arc, OnceLock},
    task::Waker,
};

use super::sync::{AtomicU64, AtomicWaker, Ordering, fence, register, take};
use super::{Hub, Slot};

/// Readers that are allocated together.
const GROUP: usize = if cfg!(klamm_loom) { 2 } else { 64 };
/// How often that may happen.
const GROUPS: usize = if cfg!(klamm_loom) { 1 } else { 64 };

/// How many streams one consumer can have.
pub(crate) const READER_LIMIT: usize = GROUP * GROUPS;

#[derive(Debug)]
struct Group {
    taken: AtomicU64,
    /// Those of the taken that outlive a wait: streams.
    lasting: AtomicU64,
    /// Those of the taken that have a slot of their own, and are woken for no other.
    lone: AtomicU64,
    parked: AtomicU64,
    wakers: Box<[AtomicWaker]>,
}

impl Group {
    fn new() -> Self {
        Self {
            taken: AtomicU64::new(0),
            lasting: AtomicU64::new(0),
            lone: AtomicU64::new(0),
            parked: AtomicU64::new(0),
            wakers: (0..GROUP).map(|_| AtomicWaker::new()).collect(),
        }
    }
}

/// The tasks that read, and which of them wait.
#[derive(Debug)]
pub(super) struct Readers {
    groups: [OnceLock<Group>; GROUPS],
}

impl Readers {
    pub(super) fn new() -> Self {
        let readers = Self { groups: [const { OnceLock::new() }; GROUPS] };
        // For the first readers nothing is allocated later.
        readers.groups[0].get_or_init(Group::new);
        readers
    }

    /// Takes a free number, or none beyond [`READER_LIMIT`].
    fn take_number(&self) -> Option<usize> {
        for (index, group) in self.groups.iter().enumerate() {
            let group = group.get_or_init(Group::new);
            let mut taken = group.taken.load(Ordering::Acquire);
            loop {
                let number = (!taken).trailing_zeros() as usize;
                if number >= GROUP {
                    break;
                }
                let bit = 1 << number;
                let before = group.taken.fetch_or(bit, Ordering::AcqRel);
                if before & bit == 0 {
                    return Some(index * GROUP + number);
                }
                taken = before;
            }
        }
        None
    }

    fn return_number(&self, number: usize) {
        let (group, bit) = self.at(number);
        drop(take(&group.wakers[number % GROUP]));
        group.lasting.fetch_and(!bit, Ordering::AcqRel);
        group.lone.fetch_and(!bit, Ordering::AcqRel);
        group.taken.fetch_and(!bit, Ordering::AcqRel);
    }

    /// Stores the waker, then marks the reader parked.
    pub(super) fn park(&self, number: usize, waker: &Waker) {
        let (group, bit) = self.at(number);
        register(&group.wakers[number % GROUP], waker);
        group.parked.fetch_or(bit, Ordering::AcqRel);
    }

    /// Unmarks the reader. Returns false if it was chosen and woken meanwhile.
    pub(super) fn unpark(&self, number: usize) -> bool {
        let (group, bit) = self.at(number);
        group.parked.fetch_and(!bit, Ordering::AcqRel) & bit != 0
    }

    /// Marks a reader as one that outlives a wait.
    fn set_lasting(&self, number: usize) {
        let (group, bit) = self.at(number);
        group.lasting.fetch_or(bit, Ordering::AcqRel);
    }

    /// Marks a reader as one with a slot of its own.
    fn set_lone(&self, number: usize) {
        let (group, bit) = self.at(number);
        group.lone.fetch_or(bit, Ordering::AcqRel);
    }

    fn is_lone(&self, number: usize) -> bool {
        let (group, bit) = self.at(number);
        group.lone.load(Ordering::Acquire) & bit != 0
    }

    /// Wakes a reader, if it is parked.
    pub(super) fn wake_one(&self, number: usize) {
        let (group, bit) = self.at(number);
        if group.parked.fetch_and(!bit, Ordering::AcqRel) & bit != 0 {
            group.wakers[number % GROUP].wake();
        }
    }

    /// Wakes every parked stream, and one of the other parked readers.
    ///
    /// A stream may be kept and not polled again, and would then keep the wake-up to itself; a reader that is a future is
    /// dropped instead, and passes it on.
    pub(super) fn wake(&self) {
        let mut is_passed = false;
        for group in self.groups.iter().map_while(OnceLock::get) {
            let mut parked = group.parked.load(Ordering::Acquire) & !group.lone.load(Ordering::Acquire);
            while parked != 0 {
                let bit = parked & parked.wrapping_neg();
                parked &= !bit;
                let is_lasting = group.lasting.load(Ordering::Acquire) & bit != 0;
                if !is_lasting && is_passed {
                    continue;
                }
                if group.parked.fetch_and(!bit, Ordering::AcqRel) & bit != 0 {
                    group.wakers[bit.trailing_zeros() as usize].wake();
                    is_passed |= !is_lasting;
                }
            }
        }
    }

    /// Wakes every parked reader.
    pub(super) fn wake_all(&self) {
        for group in self.groups.iter().map_while(OnceLock::get) {
            let mut parked = group.parked.swap(0, Ordering::AcqRel);
            while parked != 0 {
                let bit = parked & parked.wrapping_neg();
                group.wakers[bit.trailing_zeros() as usize].wake();
                parked &= !bit;
            }
        }
    }

    fn at(&self, number: usize) -> (&Group, u64) {
        let group = self.groups[number / GROUP].get().expect("the number was taken from this group");
        (group, 1 << (number % GROUP))
    }
}

/// One reader's place among those that can be woken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    hub: Arc<Hub>,
    number: usize,
    is_parked: bool,
}

impl Reader {
    /// Takes a place for one wait, or none beyond [`READER_LIMIT`].
    pub(crate) fn new(hub: &Arc<Hub>) -> Option<Self> {
        let number = hub.readers.take_number()?;
        Some(Self { hub: Arc::clone(hub), number, is_parked: false })
    }

    /// Takes a place for a stream, or none beyond [`READER_LIMIT`].
    pub(crate) fn lasting(hub: &Arc<Hub>) -> Option<Self> {
        let reader = Self::new(hub)?;
        hub.readers.set_lasting(reader.number);
        Some(reader)
    }

    /// Takes a place for a stream that is to [own](Self::own) a slot, or none beyond [`READER_LIMIT`].
    pub(crate) fn lone(hub: &Arc<Hub>) -> Option<Self> {
        let reader = Self::new(hub)?;
        hub.readers.set_lone(reader.number);
        Some(reader)
    }

    /// Becomes the only one that is woken for the slot, and that takes from it.
    pub(crate) fn own(&self, slot: &Slot) {
        slot.set_owner(Some(self.number));
        // Before the first look at the slot: whoever raises it then sees its owner, or is seen.
        fence(Ordering::SeqCst);
    }

    /// Marks the reader parked.
    pub(super) fn park(&mut self, waker: &Waker) {
        self.hub.readers.park(self.number, waker);
        self.is_parked = true;
    }

    /// Unmarks the reader, if it was parked.
    pub(super) fn unpark(&mut self) {
        if std::mem::take(&mut self.is_parked) {
            self.hub.readers.unpark(self.number);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A reader with a slot of its own has nothing that another could take up.
        let was_chosen =
            self.is_parked && !self.hub.readers.unpark(self.number) && !self.hub.readers.is_lone(self.number);
        self.hub.readers.return_number(self.number);
        if was_chosen {
            self.hub.pass_on();
        }
    }
}
