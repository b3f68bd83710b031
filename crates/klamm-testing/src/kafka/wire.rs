//! As much of Kafka's protocol as it takes to arrange a cluster for a test.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
const CORRELATION: i32 = 1;

/// A request: its number, its version, and its fields in order.
#[derive(Clone, Debug)]
pub(super) struct Request {
    api: i16,
    version: i16,
    /// Strings and lists are in the compact form, and every structure ends with a list of tags.
    is_flexible: bool,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn new(api: i16, version: i16) -> Self {
        Self { api, version, is_flexible: false, body: Vec::new() }
    }

    pub(super) fn flexible(api: i16, version: i16) -> Self {
        Self { is_flexible: true, ..Self::new(api, version) }
    }

    pub(super) fn int8(mut self, value: i8) -> Self {
        self.body.extend(value.to_be_bytes());
        self
    }

    pub(super) fn int32(mut self, value: i32) -> Self {
        self.body.extend(value.to_be_bytes());
        self
    }

    pub(super) fn int64(mut self, value: i64) -> Self {
        self.body.extend(value.to_be_bytes());
        self
    }

    pub(super) fn string(mut self, text: &str) -> Self {
        if self.is_flexible {
            self.compact_length(text.len());
        } else {
            self.body.extend(i16::try_from(text.len()).unwrap_or(i16::MAX).to_be_bytes());
        }
        self.body.extend(text.as_bytes());
        self
    }

    /// Begins a list.
    pub(super) fn list(mut self, length: usize) -> Self {
        if self.is_flexible {
            self.compact_length(length);
            return self;
        }
        self.int32(i32::try_from(length).unwrap_or(i32::MAX))
    }

    /// Ends structures, as many as are said.
    pub(super) fn end(mut self, structures: usize) -> Self {
        self.body.extend(std::iter::repeat_n(0, structures));
        self
    }

    /// One more than the length, in groups of seven bits.
    fn compact_length(&mut self, length: usize) {
        let mut rest = length + 1;
        while rest >= 0x80 {
            self.body.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
            rest >>= 7;
        }
        self.body.push(u8::try_from(rest).unwrap_or(0));
    }

    /// Sends the request to the broker at `address` and returns the fields of its answer.
    pub(super) fn ask(&self, address: &str) -> io::Result<Answer> {
        let resolved = address.to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?;
        let mut broker = TcpStream::connect_timeout(&resolved, PATIENCE)?;
        broker.set_read_timeout(Some(PATIENCE))?;
        broker.set_write_timeout(Some(PATIENCE))?;
        let mut request = Vec::new();
        request.extend(self.api.to_be_bytes());
        request.extend(self.version.to_be_bytes());
        request.extend(CORRELATION.to_be_bytes());
        request.extend((-1_i16).to_be_bytes()); // no client id
        if self.is_flexible {
            request.push(0);
        }
        request.extend(&self.body);
        let length = i32::try_from(request.len()).map_err(|_| ErrorKind::InvalidInput)?;
        broker.write_all(&[length.to_be_bytes().as_slice(), &request].concat())?;

        let mut length = [0; 4];
        broker.read_exact(&mut length)?;
        let length = u64::try_from(i32::from_be_bytes(length)).map_err(|_| ErrorKind::InvalidData)?;
        let mut bytes = Vec::new();
        broker.take(length).read_to_end(&mut bytes)?;
        let mut answer = Answer { bytes, at: 0 };
        if answer.int32()? != CORRELATION {
            return Err(ErrorKind::InvalidData.into());
        }
        if self.is_flexible {
            answer.array::<1>()?;
        }
        Ok(answer)
    }
}

/// An answer, read field by field.
#[derive(Debug)]
pub(super) struct Answer {
    bytes: Vec<u8>,
    at: usize,
}

impl Answer {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let field = rest.first_chunk().ok_or(ErrorKind::UnexpectedEof)?;
        self.at += N;
        Ok(*field)
    }

    pub(super) fn int8(&mut self) -> io::Result<i8> {
        self.array().map(i8::from_be_bytes)
    }

    pub(super) fn int16(&mut self) -> io::Result<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn int32(&mut self) -> io::Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn int64(&mut self) -> io::Result<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// Reads a string; one that is not there is empty.
    pub(super) fn string(&mut self) -> io::Result<String> {
        let length = usize::try_from(self.int16()?).unwrap_or(0);
        let end = self.at.saturating_add(length);
        let text = self.bytes.get(self.at..end).ok_or(ErrorKind::UnexpectedEof)?;
        let text = String::from_utf8_lossy(text).into_owned();
        self.at = end;
        Ok(text)
    }

    /// Reads a list, each entry by `entry`.
    pub(super) fn list<T>(
        &mut self,
        mut entry: impl FnMut(&mut Self) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        let length = self.int32()?;
        (0..length).map(|_| entry(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn compact_lengths_are_one_more_in_groups_of_seven_bits() {
        for (length, bytes) in [(0, &[1][..]), (126, &[127]), (127, &[0x80, 1]), (300, &[0xad, 2])] {
            assert_eq!(Request::flexible(0, 0).list(length).body, bytes, "{length}");
        }
        assert_eq!(Request::new(0, 0).list(2).string("ab").body, [0, 0, 0, 2, 0, 2, b'a', b'b']);
    }

    #[test]
    fn an_answer_that_is_cut_short_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            client.write_all(&[0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1]).unwrap();
            client.read_exact(&mut [0; 14]).unwrap();
        });
        let mut answer = Request::new(3, 1).ask(&address).unwrap();
        let error = answer.list(Answer::int16).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        server.join().unwrap();
    }
}
