//! What a handler has to send.

use std::sync::Arc;

use bytes::Bytes;
use klamm_core::contract::Outgoing;

use crate::AnyError;

/// What a handler of [`produce_to`](crate::Records::produce_to) has to send: records, in this order.
///
/// They are kept here until the handler has returned `Ok`, and then sent, all of them: a handler that fails, panics or is
/// dropped sends nothing. Their memory is counted by none of the pipeline's [`Limits`](crate::Limits).
///
/// `R` is the producer's own type of record.
#[derive(Clone, Debug)]
pub struct Outputs<R> {
    // Most handlers have one, which then takes no allocation of its own.
    first: Option<R>,
    others: Vec<R>,
}

impl<R: From<Outgoing>> Outputs<R> {
    /// Adds a record: a topic, a key, and a payload that is copied if it is borrowed.
    ///
    /// `None` is a payload too: a tombstone. What else a record can have, such as headers and a partition, is said with
    /// [`push`](Self::push).
    ///
    /// # Errors
    ///
    /// None: it is always `Ok`, so that it can be the last word of a handler that fails with any error at all. Why a
    /// record cannot be sent is known when it is sent, and ends the pipeline.
    pub fn send(
        &mut self,
        topic: impl Into<Arc<str>>,
        key: Option<&[u8]>,
        payload: impl IntoPayload,
    ) -> Result<(), AnyError> {
        let mut outgoing = Outgoing::to(topic);
        outgoing.key = key.map(Bytes::copy_from_slice);
        outgoing.payload = payload.into_payload();
        self.push(R::from(outgoing));
        Ok(())
    }
}

impl<R> Outputs<R> {
    /// Adds a record of the producer's own.
    pub fn push(&mut self, record: R) {
        if self.first.is_none() {
            self.first = Some(record);
        } else {
            self.others.push(record);
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Takes back what was added.
    pub fn clear(&mut self) {
        self.first = None;
        self.others.clear();
    }

    pub(crate) fn new() -> Self {
        Self { first: None, others: Vec::new() }
    }

    /// Returns the records, in order.
    pub(crate) fn into_records(self) -> impl Iterator<Item = R> {
        self.first.into_iter().chain(self.others)
    }
}

/// What the payload of a record can be given as. What is borrowed is copied; what is owned, and a reference to [`Bytes`],
/// is not.
pub trait IntoPayload {
    /// Returns the payload, or `None` for a tombstone.
    fn into_payload(self) -> Option<Bytes>;
}

impl<P: IntoPayload> IntoPayload for Option<P> {
    fn into_payload(self) -> Option<Bytes> {
        self.and_then(P::into_payload)
    }
}

impl IntoPayload for &Bytes {
    fn into_payload(self) -> Option<Bytes> {
        Some(self.clone())
    }
}

impl<const N: usize> IntoPayload for &[u8; N] {
    fn into_payload(self) -> Option<Bytes> {
        Some(Bytes::copy_from_slice(self))
    }
}

/// Has types taken as payloads, each as `$payload` makes bytes of it.
macro_rules! payloads {
    ($($type:ty: $payload:expr),* $(,)?) => {
        $(
        impl IntoPayload for $type {
            fn into_payload(self) -> Option<Bytes> {
                Some($payload(self))
            }
        }
        )*
    };
}

payloads! {
    Bytes: std::convert::identity,
    Vec<u8>: Bytes::from,
    String: Bytes::from,
    &[u8]: Bytes::copy_from_slice,
    &Vec<u8>: |bytes: &[u8]| Bytes::copy_from_slice(bytes),
    &str: |text: &str| Bytes::copy_from_slice(text.as_bytes()),
    &String: |text: &str| Bytes::copy_from_slice(text.as_bytes()),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_in_their_order() {
        let mut outputs = Outputs::new();
        assert!(outputs.is_empty());
        (0..4).for_each(|number| outputs.push(number));
        assert_eq!((outputs.len(), outputs.is_empty()), (4, false));
        assert!(outputs.into_records().eq(0..4));
        let mut outputs = Outputs::new();
        outputs.push(1);
        outputs.clear();
        assert_eq!(outputs.into_records().count(), 0);
    }

    #[test]
    fn a_tombstone_is_no_empty_payload() {
        let mut outputs = Outputs::<Outgoing>::new();
        outputs.send("out", Some(b"k"), None::<&[u8]>).unwrap();
        outputs.send("out", None, b"").unwrap();
        let said: Vec<_> = outputs.into_records().map(|record| (record.key, record.payload)).collect();
        assert_eq!(said, [(Some(Bytes::from("k")), None), (None, Some(Bytes::new()))]);
    }

    #[test]
    fn what_is_owned_is_not_copied() {
        let owned = vec![7; 100];
        let (at, bytes) = (owned.as_ptr(), Bytes::from(owned));
        assert_eq!((&bytes).into_payload().unwrap().as_ptr(), at);
        assert_eq!(Some(bytes).into_payload().unwrap().as_ptr(), at);
        let text = "what".to_owned();
        assert_ne!((&text).into_payload().unwrap().as_ptr(), text.as_ptr());
        let at = text.as_ptr();
        assert_eq!(text.into_payload().unwrap().as_ptr(), at);
    }
}
