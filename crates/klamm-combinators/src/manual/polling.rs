//! Which commit polls on this thread, so that it learns of the pipelines below it before a receipt has come.

use std::{cell::RefCell, mem, sync::Arc};

use super::driver::Drive;

/// Pipelines that a commit drives: mostly one.
pub(super) type Drivers = Vec<Arc<dyn Drive>>;

thread_local! {
    /// Those of the commit that polls, if one does.
    static POLLING: RefCell<Option<Drivers>> = const { RefCell::new(None) };
}

/// Polls what is below a commit. Pipelines whose deliveries are polled meanwhile, on this thread, are added to `drivers`.
pub(super) fn polling<T>(drivers: &mut Drivers, poll: impl FnOnce() -> T) -> T {
    let outer = POLLING.replace(Some(mem::take(drivers)));
    let _scope = Scope { drivers, outer };
    poll()
}

/// Notes that the deliveries of a pipeline are polled.
pub(super) fn polled<D: Drive + 'static>(driver: &Arc<D>) {
    // A thread that ends has no memory of its own any more; the pipeline is then learned of from its first receipt.
    let _ = POLLING.try_with(|polling| {
        if let Some(drivers) = &mut *polling.borrow_mut() {
            if !drivers.iter().any(|it| Arc::as_ptr(it).addr() == Arc::as_ptr(driver).addr()) {
                drivers.push(Arc::<D>::clone(driver));
            }
        }
    });
}

/// A commit that polls, maybe below another. Each gets back what is its own, in a panic too.
struct Scope<'d> {
    drivers: &'d mut Drivers,
    outer: Option<Drivers>,
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        *self.drivers = POLLING.replace(self.outer.take()).unwrap_or_default();
    }
}
