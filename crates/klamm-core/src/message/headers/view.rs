//! Headers where they lie.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use super::{Header, HeadersError, wire::Reader};
use crate::native::HeaderList;

/// The headers of a message, where they lie: a view as cheap to copy as a slice.
///
/// In order, and with every repetition of a name. There is at least one: a message without headers has no `Headers`.
///
/// ```
/// use klamm_core::message::{Message, OwnedMessage};
///
/// let message = OwnedMessage::builder("orders")
///     .header("trace", "a1")
///     .header("hop", "1")
///     .header("hop", "2")
///     .null_header("retry")
///     .build();
/// let headers = message.headers().expect("there are four");
///
/// assert_eq!(headers.get("trace").and_then(|header| header.value()), Some(&b"a1"[..]));
/// assert_eq!(headers.get_last("hop").and_then(|header| header.value()), Some(&b"2"[..]));
/// assert_eq!(headers.get_all("hop").count(), 2);
/// assert_eq!(headers.get("retry").map(|header| header.value()), Some(None));
/// let names: Result<Vec<_>, _> = headers.iter().map(|header| header.name()).collect();
/// assert_eq!(names?, ["trace", "hop", "hop", "retry"]);
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    count: usize,
    place: Place<'a>,
}

/// Where headers are.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// The bytes after the count: each header well-formed, and nothing else.
    Wire(&'a [u8]),
    /// What librdkafka has parsed.
    List(HeaderList<'a>),
}

impl<'a> Headers<'a> {
    /// Reads headers as Kafka's record format writes them, from the count on; bytes after the last header are left out.
    /// Returns `None` if there are none.
    ///
    /// # Errors
    ///
    /// [`HeadersError`] says where the bytes stop being headers.
    pub fn parse(wire: &'a [u8]) -> Result<Option<Self>, HeadersError> {
        if wire.is_empty() {
            return Ok(None);
        }
        let mut reader = Reader::new(wire);
        let count = reader.count()?;
        if count == 0 {
            return Ok(None);
        }
        let begin = reader.at();
        // A wrong count costs no memory, and ends where the bytes end.
        for _ in 0..count {
            reader.header()?;
        }
        Ok(Some(Self::of_written(count, &wire[begin..reader.at()])))
    }

    /// Takes what [`OwnedHeaders`](super::OwnedHeaders) has written.
    pub(super) fn of_written(count: usize, wire: &'a [u8]) -> Self {
        Self { count, place: Place::Wire(wire) }
    }

    /// Takes what librdkafka has parsed.
    pub(crate) fn of_list(list: HeaderList<'a>) -> Option<Self> {
        let count = list.len();
        (count > 0).then_some(Self { count, place: Place::List(list) })
    }

    /// Returns how many headers there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(self) -> usize {
        self.count
    }

    /// Returns the first header of this name.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<Header<'a>> {
        self.get_all(name).next()
    }

    /// Returns the last header of this name, which is the one that counts where a name is meant to be unique.
    pub fn get_last(&self, name: impl AsRef<[u8]>) -> Option<Header<'a>> {
        self.get_all(name).last()
    }

    /// Returns all headers of this name, in order.
    pub fn get_all<N: AsRef<[u8]>>(&self, name: N) -> impl Iterator<Item = Header<'a>> + use<'a, N> {
        self.iter().filter(move |header| header.name_bytes() == name.as_ref())
    }

    /// Returns all headers, in order.
    pub fn iter(self) -> HeadersIter<'a> {
        let ahead = match self.place {
            Place::Wire(wire) => Ahead::Wire(Reader::new(wire)),
            Place::List(list) => Ahead::List(list),
        };
        HeadersIter { next: 0, count: self.count, ahead }
    }

    /// Returns the headers as Kafka's record format writes them, without the count, if they lie here so.
    pub(super) fn wire(self) -> Option<&'a [u8]> {
        match self.place {
            Place::Wire(wire) => Some(wire),
            Place::List(_) => None,
        }
    }
}

impl PartialEq for Headers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers<'_> {}

impl Hash for Headers<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.count.hash(state);
        self.iter().for_each(|header| header.hash(state));
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = Header<'a>;
    type IntoIter = HeadersIter<'a>;

    fn into_iter(self) -> HeadersIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The headers of a message, in order.
#[derive(Clone)]
pub struct HeadersIter<'a> {
    next: usize,
    count: usize,
    ahead: Ahead<'a>,
}

/// Where the next headers come from.
#[derive(Clone)]
enum Ahead<'a> {
    Wire(Reader<'a>),
    List(HeaderList<'a>),
}

impl<'a> Iterator for HeadersIter<'a> {
    type Item = Header<'a>;

    #[inline]
    fn next(&mut self) -> Option<Header<'a>> {
        if self.next == self.count {
            return None;
        }
        let header = match &mut self.ahead {
            Ahead::Wire(reader) => reader.header().expect("headers are looked through before they are lent"),
            Ahead::List(list) => {
                let (name, value) = list.get(self.next)?;
                Header::new(name, value)
            }
        };
        self.next += 1;
        Some(header)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for HeadersIter<'_> {}

impl std::iter::FusedIterator for HeadersIter<'_> {}

impl fmt::Debug for HeadersIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(wire: &[u8]) -> (usize, String) {
        let error = Headers::parse(wire).unwrap_err();
        (error.at(), error.to_string())
    }

    #[test]
    fn headers_are_read_as_kafka_writes_them() {
        let wire = [4, 2, b'a', 4, b'x', b'y', 2, b'b', 1, 99];
        let headers = Headers::parse(&wire).unwrap().unwrap();
        let read: Vec<_> = headers.iter().map(|header| (header.name_bytes(), header.value())).collect();
        assert_eq!(read, [(&b"a"[..], Some(&b"xy"[..])), (b"b", None)]);
        assert_eq!((headers.len(), headers.iter().len()), (2, 2));
    }

    #[test]
    fn no_count_and_a_count_of_none_are_no_headers() {
        assert_eq!(
            (Headers::parse(&[]), Headers::parse(&[0]), Headers::parse(&[0, 7])),
            (Ok(None), Ok(None), Ok(None))
        );
    }

    #[test]
    fn malformed_headers_are_refused_where_they_end() {
        for (wire, at, reason) in [
            (&[1][..], 0, "the count is negative"),
            (&[2], 1, "a number is cut off"),
            (&[2, 1, 0], 1, "a name has no length"),
            (&[2, 3], 1, "a length is negative"),
            (&[2, 4, b'a'], 1, "a length is beyond the end"),
            (&[2, 2, b'a', 3], 3, "a length is negative"),
            (&[2, 2, b'a', 4, b'x'], 3, "a length is beyond the end"),
            (&[4, 2, b'a', 1], 4, "a number is cut off"),
            (&[2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 1, "a length is beyond the end"),
        ] {
            let (found, text) = refused(wire);
            assert!(found == at && text.ends_with(reason), "{wire:?}: {text}");
        }
    }

    #[test]
    fn a_name_need_not_be_text() {
        let wire = [2, 4, 0xff, 0, 0];
        let header = Headers::parse(&wire).unwrap().unwrap().get([0xff, 0]).unwrap();
        assert!(header.name().is_err());
        assert_eq!((header.name_bytes(), header.value()), (&[0xff, 0][..], Some(&b""[..])));
        assert_eq!(format!("{header:?}"), "Header { name: \"\u{fffd}\\0\", value_bytes: Some(0) }");
    }
}
