//! Headers with bytes of their own.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use super::{Header, Headers, HeadersIter, wire};

/// Headers with bytes of their own, to be built or kept: one buffer for all of them, as Kafka's record format writes them.
///
/// With the feature `opentelemetry` they are a carrier of trace context: `Injector` and `Extractor`.
///
/// ```
/// use klamm_core::message::OwnedHeaders;
///
/// let mut headers = OwnedHeaders::new();
/// headers.push("hop", "1").push("hop", "2").push_null("retry");
/// headers.set("hop", "3"); // in the place of both
/// assert_eq!(headers.len(), 2);
/// assert_eq!(headers.get("hop").and_then(|header| header.value()), Some(&b"3"[..]));
/// ```
#[derive(Clone, Default)]
pub struct OwnedHeaders {
    count: usize,
    /// The headers, without the count.
    wire: Vec<u8>,
}

impl OwnedHeaders {
    /// Makes an empty list, which allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty list with room for names and values of `bytes` bytes together, lengths included (two bytes for each
    /// header below 64 bytes).
    pub fn with_capacity(bytes: usize) -> Self {
        Self { count: 0, wire: Vec::with_capacity(bytes) }
    }

    /// Adds a header at the end.
    pub fn push(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> &mut Self {
        self.add(name.as_ref(), Some(value.as_ref()))
    }

    /// Adds a header without a value at the end.
    pub fn push_null(&mut self, name: impl AsRef<[u8]>) -> &mut Self {
        self.add(name.as_ref(), None)
    }

    /// Puts a header in the place of all of its name: those are removed, and it is added at the end.
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> &mut Self {
        self.remove(name.as_ref());
        self.push(name, value)
    }

    /// Removes all headers of this name, and returns how many those were.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) -> usize {
        let name = name.as_ref();
        let before = self.count;
        if self.get(name).is_some() {
            let kept: Self = self.iter().filter(|header| header.name_bytes() != name).collect();
            *self = kept;
        }
        before - self.count
    }

    /// Removes all headers, and keeps the buffer.
    pub fn clear(&mut self) {
        self.count = 0;
        self.wire.clear();
    }

    /// Returns how many headers there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the first header of this name.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<Header<'_>> {
        self.view().get(name)
    }

    /// Returns the last header of this name.
    pub fn get_last(&self, name: impl AsRef<[u8]>) -> Option<Header<'_>> {
        self.view().get_last(name)
    }

    /// Returns all headers of this name, in order.
    pub fn get_all<N: AsRef<[u8]>>(&self, name: N) -> impl Iterator<Item = Header<'_>> + use<'_, N> {
        self.view().get_all(name)
    }

    /// Returns all headers, in order.
    pub fn iter(&self) -> HeadersIter<'_> {
        self.view().iter()
    }

    /// Returns a view of the headers, or `None` if there are none.
    pub fn as_headers(&self) -> Option<Headers<'_>> {
        (!self.is_empty()).then(|| self.view())
    }

    /// Returns the headers as Kafka's record format writes them, from the count on.
    pub fn to_wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.wire.len() + 5);
        wire::write_number(&mut wire, i64::try_from(self.count).expect("each header takes memory"));
        wire.extend_from_slice(&self.wire);
        wire
    }

    fn view(&self) -> Headers<'_> {
        Headers::of_written(self.count, &self.wire)
    }

    fn add(&mut self, name: &[u8], value: Option<&[u8]>) -> &mut Self {
        wire::write_bytes(&mut self.wire, Some(name));
        wire::write_bytes(&mut self.wire, value);
        self.count += 1;
        self
    }
}

/// Lists are equal if the same can be read of them; the wire knows more than one way to write a length.
impl PartialEq for OwnedHeaders {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for OwnedHeaders {}

impl Hash for OwnedHeaders {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.view().hash(state);
    }
}

impl From<Headers<'_>> for OwnedHeaders {
    fn from(headers: Headers<'_>) -> Self {
        match headers.wire() {
            Some(wire) => Self { count: headers.len(), wire: wire.to_vec() },
            None => headers.iter().collect(),
        }
    }
}

impl<'a> FromIterator<Header<'a>> for OwnedHeaders {
    fn from_iter<I: IntoIterator<Item = Header<'a>>>(headers: I) -> Self {
        let mut owned = Self::new();
        owned.extend(headers);
        owned
    }
}

impl<'a> Extend<Header<'a>> for OwnedHeaders {
    fn extend<I: IntoIterator<Item = Header<'a>>>(&mut self, headers: I) {
        for header in headers {
            self.add(header.name_bytes(), header.value());
        }
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(N, Option<V>)> for OwnedHeaders {
    fn from_iter<I: IntoIterator<Item = (N, Option<V>)>>(headers: I) -> Self {
        let mut owned = Self::new();
        owned.extend(headers);
        owned
    }
}

impl<N: AsRef<[u8]>, V: AsRef<[u8]>> Extend<(N, Option<V>)> for OwnedHeaders {
    fn extend<I: IntoIterator<Item = (N, Option<V>)>>(&mut self, headers: I) {
        for (name, value) in headers {
            self.add(name.as_ref(), value.as_ref().map(AsRef::as_ref));
        }
    }
}

impl<'a> IntoIterator for &'a OwnedHeaders {
    type Item = Header<'a>;
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> HeadersIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for OwnedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Model = Vec<(Vec<u8>, Option<Vec<u8>>)>;

    fn read(headers: HeadersIter<'_>) -> Model {
        headers.map(|header| (header.name_bytes().to_vec(), header.value().map(<[u8]>::to_vec))).collect()
    }

    fn models() -> impl Strategy<Value = Model> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..80);
        prop::collection::vec((bytes(), prop::option::of(bytes())), 0..12)
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(model in models()) {
            let headers: OwnedHeaders = model.iter().cloned().collect();
            prop_assert_eq!(read(headers.iter()), model.clone());
            let wire = headers.to_wire();
            let view = Headers::parse(&wire).unwrap();
            prop_assert_eq!(view.is_none(), model.is_empty());
            prop_assert_eq!(view, headers.as_headers());
            prop_assert_eq!(view.map(OwnedHeaders::from).unwrap_or_default(), headers);
        }

        #[test]
        fn a_removed_name_is_gone_and_nothing_else(model in models(), pick in any::<prop::sample::Index>()) {
            prop_assume!(!model.is_empty());
            let name = model[pick.index(model.len())].0.clone();
            let mut headers: OwnedHeaders = model.iter().cloned().collect();
            let left: Model = model.iter().filter(|(other, _)| *other != name).cloned().collect();
            prop_assert_eq!(headers.remove(&name), model.len() - left.len());
            prop_assert_eq!(read(headers.iter()), left);
        }
    }

    #[test]
    fn lists_are_equal_however_their_lengths_are_written() {
        let wire = [2, 0x82, 0x00, b'a', 1];
        let mut headers = OwnedHeaders::new();
        headers.push_null("a");
        assert_eq!(OwnedHeaders::from(Headers::parse(&wire).unwrap().unwrap()), headers);
        assert_ne!(headers, OwnedHeaders::new());
    }

    #[test]
    fn nothing_is_allocated_for_no_headers() {
        let headers = OwnedHeaders::new();
        assert_eq!((headers.wire.capacity(), headers.as_headers(), headers.to_wire()), (0, None, vec![0]));
    }
}
