//! Headers as Kafka's record format writes them.
//!
//! A count, then for each header the name's length, the name, the value's length (-1 for none), the value. Numbers are
//! zigzag varints, seven bits a byte, the lowest first.

use super::{Header, HeadersError};

/// Reads numbers and bytes off the front of a record's headers.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    wire: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(wire: &'a [u8]) -> Self {
        Self { wire, at: 0 }
    }

    /// Returns how many bytes were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Reads how many headers follow.
    #[inline]
    pub(super) fn count(&mut self) -> Result<usize, HeadersError> {
        let begin = self.at;
        let count = self.number()?;
        usize::try_from(count).map_err(|_| HeadersError::new(begin, "the count is negative"))
    }

    /// Reads one header.
    #[inline]
    pub(super) fn header(&mut self) -> Result<Header<'a>, HeadersError> {
        let begin = self.at;
        let name = self.bytes()?.ok_or(HeadersError::new(begin, "a name has no length"))?;
        let value = self.bytes()?;
        Ok(Header::new(name, value))
    }

    /// Reads a length, and as many bytes; -1 stands for none.
    #[inline]
    fn bytes(&mut self) -> Result<Option<&'a [u8]>, HeadersError> {
        let begin = self.at;
        let len = self.number()?;
        if len == -1 {
            return Ok(None);
        }
        let len = usize::try_from(len).map_err(|_| HeadersError::new(begin, "a length is negative"))?;
        let rest = self.wire.get(self.at..).unwrap_or_default();
        let bytes = rest.get(..len).ok_or(HeadersError::new(begin, "a length is beyond the end"))?;
        self.at += len;
        Ok(Some(bytes))
    }

    #[inline]
    fn number(&mut self) -> Result<i64, HeadersError> {
        let (begin, mut bits) = (self.at, 0_u64);
        for shift in (0..u64::BITS).step_by(7) {
            let byte = *self.wire.get(self.at).ok_or(HeadersError::new(begin, "a number is cut off"))?;
            self.at += 1;
            bits |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // Zigzag: the lowest bit is the sign.
                let number = (bits >> 1) ^ 0_u64.wrapping_sub(bits & 1);
                return Ok(i64::from_ne_bytes(number.to_ne_bytes()));
            }
        }
        Err(HeadersError::new(begin, "a number is too long"))
    }
}

/// Writes a number; lengths and counts are never beyond `i64`.
pub(super) fn write_number(wire: &mut Vec<u8>, number: i64) {
    let mut bits = u64::from_ne_bytes(((number << 1) ^ (number >> 63)).to_ne_bytes());
    while bits >= 0x80 {
        wire.push(low_bits(bits) | 0x80);
        bits >>= 7;
    }
    wire.push(low_bits(bits));
}

/// Writes a length, and as many bytes.
pub(super) fn write_bytes(wire: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let len = bytes.map(|bytes| i64::try_from(bytes.len()).expect("no slice is longer than `isize::MAX`"));
    write_number(wire, len.unwrap_or(-1));
    wire.extend_from_slice(bytes.unwrap_or_default());
}

fn low_bits(bits: u64) -> u8 {
    (bits & 0x7f).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_back_as_it_went() {
        for number in [0, 1, -1, 63, 64, -64, -65, 8_191, 8_192, i64::from(i32::MAX), i64::MAX, i64::MIN] {
            let mut wire = Vec::new();
            write_number(&mut wire, number);
            let mut reader = Reader::new(&wire);
            assert_eq!((reader.number(), reader.at()), (Ok(number), wire.len()));
        }
    }

    #[test]
    fn small_numbers_are_one_byte_as_in_kafkas_format() {
        let written = |number| {
            let mut wire = Vec::new();
            write_number(&mut wire, number);
            wire
        };
        assert_eq!(
            (written(0), written(-1), written(1), written(63)),
            (vec![0], vec![1], vec![2], vec![126])
        );
        assert_eq!(written(64), [0x80, 0x01]);
    }

    #[test]
    fn a_number_without_an_end_is_refused() {
        for wire in [vec![], vec![0x80], vec![0x80; 9], vec![0xff; 11]] {
            assert!(Reader::new(&wire).number().is_err(), "{wire:?}");
        }
    }
}
