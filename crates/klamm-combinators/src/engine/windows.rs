//! The progress of every assigned partition, by slot.

use klamm_core::Epoch;

use crate::tracker::Window;

/// The progress of every assigned partition, by slot; an epoch that is not the slot's present one has none.
#[derive(Debug, Default)]
pub(super) struct Windows {
    by_slot: Vec<Option<Window>>,
}

impl Windows {
    /// Returns the progress of an epoch, begun on the first call for it.
    #[inline]
    pub(super) fn of(&mut self, epoch: Epoch) -> &mut Window {
        let slot = epoch.slot();
        if slot >= self.by_slot.len() {
            self.by_slot.resize_with(slot + 1, || None);
        }
        let entry = &mut self.by_slot[slot];
        if entry.as_ref().is_none_or(|window| window.epoch() != epoch) {
            *entry = None;
        }
        entry.get_or_insert_with(|| Window::new(epoch))
    }

    /// Returns the progress of an epoch, unless it is over.
    #[inline]
    pub(super) fn get_mut(&mut self, epoch: Epoch) -> Option<&mut Window> {
        self.by_slot.get_mut(epoch.slot())?.as_mut().filter(|window| window.epoch() == epoch)
    }

    pub(super) fn get(&self, epoch: Epoch) -> Option<&Window> {
        self.by_slot.get(epoch.slot())?.as_ref().filter(|window| window.epoch() == epoch)
    }

    pub(super) fn remove(&mut self, epoch: Epoch) {
        if let Some(slot) = self.by_slot.get_mut(epoch.slot()) {
            slot.take_if(|window| window.epoch() == epoch);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Window> {
        self.by_slot.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Window> {
        self.by_slot.iter_mut().flatten()
    }
}
