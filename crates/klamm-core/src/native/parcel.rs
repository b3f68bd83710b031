//! Where a record is while librdkafka has it, and its outcome until somebody has heard of that.

use std::{
    cell::UnsafeCell,
    ptr::NonNull,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use bytes::Bytes;

use super::content::Content;
use super::oneshot::Oneshot;
use super::topics::TopicId;

/// How many parcels are made at once, at least and at most.
const MADE: std::ops::RangeInclusive<usize> = 32..=1024;

/// The place of one record at a time while librdkafka has it, and of its outcome until somebody has heard of that.
///
/// The record is kept until its report: librdkafka reads the payload where it lies, and a record that was not delivered
/// can be handed back.
///
/// The thread that reads reports finds none of a parcel in its processor's cache. So what it touches stands first, and
/// what is left of a record that was delivered is let go of by who hears of it, if somebody does.
#[repr(C)]
pub(super) struct Parcel<O> {
    outcome: Oneshot<O>,
    record: UnsafeCell<Content>,
    /// The record's topic, while there is one.
    topic: UnsafeCell<TopicId>,
}

impl<O> Parcel<O> {
    /// Returns where the outcome is put.
    #[inline]
    pub(super) fn outcome(&self) -> &Oneshot<O> {
        &self.outcome
    }
}

/// The parcels of one producer. There are as many as there ever were records under way or unheard of at once, and each is
/// used again and again, so that a record costs no allocation.
///
/// They own the payloads that librdkafka reads: the client keeps them until it is destroyed.
pub(super) struct Parcels<O> {
    free: Mutex<Free<O>>,
}

struct Free<O> {
    ready: Vec<NonNull<Parcel<O>>>,
    /// All there are.
    made: Vec<NonNull<[Parcel<O>]>>,
}

// SAFETY: the parcels are theirs; each is reached as `Loaded` and `Awaited` say, and what is in them may go to any thread.
unsafe impl<O: Send> Send for Parcels<O> {}
// SAFETY: as above; the free ones are behind a lock.
unsafe impl<O: Send> Sync for Parcels<O> {}

impl<O> Parcels<O> {
    pub(super) fn new() -> Self {
        Self { free: Mutex::new(Free { ready: Vec::new(), made: Vec::new() }) }
    }

    /// Puts a record in a parcel that nobody uses, and leaves an empty one in its place.
    #[inline]
    pub(super) fn load(&self, topic: TopicId, record: &mut Content) -> Loaded<O> {
        let ready = self.lock().ready.pop();
        let parcel = ready.unwrap_or_else(|| self.make());
        // SAFETY: made by `make`, and live as long as this.
        let place = unsafe { parcel.as_ref() };
        // SAFETY: nobody else uses the parcel.
        unsafe { *place.topic.get() = topic };
        // SAFETY: as above; what is written over is empty, and is not dropped.
        unsafe { place.record.get().write(std::mem::take(record)) };
        Loaded(parcel)
    }

    /// Puts a record back that was not taken. Nobody awaits its outcome.
    pub(super) fn unload(&self, mut loaded: Loaded<O>, record: &mut Content) {
        *record = loaded.unload().1;
        self.release(loaded.0);
    }

    /// Makes more, and returns one of them.
    #[cold]
    fn make(&self) -> NonNull<Parcel<O>> {
        let mut free = self.lock();
        let all = free.made.iter().map(|made| made.len()).sum::<usize>();
        let count = all.clamp(*MADE.start(), *MADE.end());
        let made = (0..count).map(|_| Parcel {
            outcome: Oneshot::new(),
            record: UnsafeCell::default(),
            topic: UnsafeCell::default(),
        });
        let made = NonNull::from(Box::leak(made.collect::<Box<[_]>>()));
        free.made.push(made);
        // To give one back never allocates.
        let others = free.ready.len();
        free.ready.reserve(all + count - others);
        let first = made.cast::<Parcel<O>>();
        // SAFETY: within what was made just now.
        free.ready.extend((1..count).rev().map(|index| unsafe { first.add(index) }));
        first
    }

    /// Takes a parcel back that nobody uses any more.
    #[inline]
    pub(super) fn release(&self, parcel: NonNull<Parcel<O>>) {
        // SAFETY: live as long as this.
        let record = unsafe { &parcel.as_ref().record };
        // SAFETY: nobody else uses the parcel.
        unsafe { *record.get() = Content::default() };
        self.lock().ready.push(parcel);
    }

    fn lock(&self) -> MutexGuard<'_, Free<O>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O> Drop for Parcels<O> {
    fn drop(&mut self) {
        for made in std::mem::take(&mut self.lock().made) {
            // SAFETY: leaked by `make`; whoever has one of them holds this, or is gone.
            drop(unsafe { Box::from_raw(made.as_ptr()) });
        }
    }
}

/// A parcel with a record in it, before it is handed to C or after it has come back: the record's only owner, and the side
/// that sends the outcome.
pub(super) struct Loaded<O>(NonNull<Parcel<O>>);

impl<O> Loaded<O> {
    /// Takes the pointer back that C was given.
    ///
    /// # Safety
    ///
    /// * It is of [`into_raw`](Self::into_raw), for the same `O`, and taken back once; its `Parcels` are live.
    pub(super) unsafe fn from_raw(opaque: NonNull<Parcel<O>>) -> Self {
        Self(opaque)
    }

    /// Returns the pointer for C, which owns the record from here on.
    pub(super) fn into_raw(self) -> NonNull<Parcel<O>> {
        self.0
    }

    /// Has the processor fetch what a report touches of a parcel, to be written, and does not wait for that.
    ///
    /// The thread that has sent the record has it all in its own cache, and to wait for each parcel in turn costs more than
    /// all the rest of a report.
    #[inline]
    pub(super) fn fetch_ahead(opaque: NonNull<Parcel<O>>) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
            let first = opaque.as_ptr().cast::<i8>().cast_const();
            let payload = std::mem::offset_of!(Parcel<O>, record) + std::mem::offset_of!(Content, payload);
            let payload = first.wrapping_add(payload);
            let last = payload.wrapping_add(size_of::<Option<Bytes>>() - 1);
            for line in [first, first.wrapping_add(size_of::<Oneshot<O>>() - 1), payload, last] {
                // SAFETY: a hint, which neither reads nor writes, and may be given for any address.
                unsafe { _mm_prefetch::<_MM_HINT_ET0>(line) };
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = opaque;
    }

    /// Takes the record out.
    pub(super) fn unload(&mut self) -> (TopicId, Content) {
        // SAFETY: this is the record's only owner.
        let topic = unsafe { *self.get().topic.get() };
        // SAFETY: as above.
        (topic, std::mem::take(unsafe { &mut *self.get().record.get() }))
    }

    /// Takes the payload out.
    #[inline]
    pub(super) fn unload_payload(&mut self) -> Option<Bytes> {
        // SAFETY: this is the record's only owner.
        let record = unsafe { &mut *self.get().record.get() };
        record.payload.take()
    }

    /// Puts the outcome where it is waited for, and returns whom to wake; the outcome if nobody wants to hear it.
    #[inline]
    pub(super) fn fill(self, outcome: O, parcels: &Parcels<O>) -> Result<Option<Waker>, O> {
        // SAFETY: once, since this is the side that sends, and gone with it.
        unsafe { self.get().outcome.fill(outcome) }.inspect_err(|_| parcels.release(self.0))
    }

    fn get(&self) -> &Parcel<O> {
        // SAFETY: a loaded parcel's `Parcels` are live.
        unsafe { self.0.as_ref() }
    }
}

#[cfg(all(test, not(klamm_loom)))]
mod tests {
    use std::{
        sync::Arc,
        task::{Context, Poll},
    };

    use super::*;
    use crate::native::awaited::{Awaited, Pool};

    fn record(payload: impl Into<Bytes>) -> Content {
        Content {
            partition: Some(1),
            key: Some("k".into()),
            payload: Some(payload.into()),
            ..Content::default()
        }
    }

    fn load(pool: &Arc<Pool<u8, ()>>, record: &mut Content) -> (Loaded<u8>, Awaited<u8, ()>) {
        let parcel = pool.parcels.load(TopicId::default(), record).into_raw();
        // SAFETY: loaded just now, and made once of that.
        let awaited = unsafe { Awaited::new(pool, parcel) };
        // SAFETY: as above.
        (unsafe { Loaded::from_raw(parcel) }, awaited)
    }

    fn pool() -> Arc<Pool<u8, ()>> {
        Arc::new(Pool::new(()))
    }

    fn poll(awaited: &mut Awaited<u8, ()>) -> Poll<u8> {
        awaited.poll(&Context::from_waker(Waker::noop()))
    }

    fn made(parcels: &Parcels<u8>) -> usize {
        parcels.lock().made.iter().map(|made| made.len()).sum()
    }

    #[test]
    fn a_parcel_carries_one_record_after_another() {
        let pool = pool();
        let parcels = &pool.parcels;
        for outcome in 0..100 {
            let mut sent = record("p");
            let (mut loaded, mut awaited) = load(&pool, &mut sent);
            assert_eq!(sent, Content::default());
            assert_eq!(poll(&mut awaited), Poll::Pending);
            // Every third one is awaited no more before its report, and every third one after it.
            if outcome % 3 == 1 {
                assert_eq!(awaited.close(), None);
            }
            assert_eq!(loaded.unload_payload(), Some("p".into()));
            let told = loaded.fill(outcome, parcels);
            match outcome % 3 {
                0 => assert_eq!(poll(&mut awaited), Poll::Ready(outcome)),
                1 => assert_eq!(told.unwrap_err(), outcome),
                _ => assert_eq!(awaited.close(), Some(outcome)),
            }
        }
        assert_eq!((made(parcels), parcels.lock().ready.len()), (*MADE.start(), *MADE.start()));
    }

    #[test]
    fn as_many_are_made_as_are_under_way_at_once() {
        let pool = pool();
        let parcels = &pool.parcels;
        let pairs: Vec<_> = (0..5_000).map(|_| load(&pool, &mut record("p"))).collect();
        let all = made(parcels);
        assert!((5_000..5_000 + *MADE.end()).contains(&all), "{all}");
        for (loaded, mut awaited) in pairs {
            loaded.fill(7, parcels).unwrap();
            assert_eq!(poll(&mut awaited), Poll::Ready(7));
        }
        assert_eq!(parcels.lock().ready.len(), all);
    }

    #[test]
    fn a_record_that_is_not_taken_comes_back_as_it_was() {
        let parcels = Parcels::<u8>::new();
        let mut refused = record("p");
        let loaded = parcels.load(TopicId::default(), &mut refused);
        parcels.unload(loaded, &mut refused);
        assert_eq!(refused, record("p"));
        let all = made(&parcels);
        assert_eq!(parcels.lock().ready.len(), all);
    }

    #[test]
    fn nothing_of_a_record_outlives_the_parcels() {
        struct Lent {
            _owner: Arc<()>,
        }

        impl AsRef<[u8]> for Lent {
            fn as_ref(&self) -> &[u8] {
                b"p"
            }
        }

        let (lent, pool) = (Arc::new(()), pool());
        let owner = || Bytes::from_owner(Lent { _owner: Arc::clone(&lent) });
        let (mut reported, awaited) = load(&pool, &mut record(owner()));
        let (_, unreported) = load(&pool, &mut record(owner()));
        assert_eq!(Arc::strong_count(&lent), 3);
        drop(reported.unload_payload());
        assert_eq!(Arc::strong_count(&lent), 2);
        reported.fill(1, &pool.parcels).unwrap();
        drop((awaited, unreported));
        drop(pool);
        assert_eq!(Arc::strong_count(&lent), 1);
    }
}
