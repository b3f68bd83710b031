//! As much of Kafka's protocol as it takes to ask a broker whether it is there.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const API_VERSIONS: i16 = 18;
const METADATA: i16 = 3;
const CORRELATION: i32 = 1;

/// The ids of the brokers that the broker at this port knows to be in service.
///
/// First asks for its API versions, as every client does, since a broker that is starting accepts connections before
/// it answers.
pub(super) fn brokers_known_at(port: u16, patience: Duration) -> io::Result<Vec<i32>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut broker = TcpStream::connect_timeout(&address, patience)?;
    broker.set_read_timeout(Some(patience))?;
    broker.set_write_timeout(Some(patience))?;

    let answer = ask(&mut broker, API_VERSIONS, 0, &[])?;
    let error = Fields(&answer).int16()?;
    if error != 0 {
        return Err(io::Error::other(format!("the broker answers with error code {error}")));
    }
    // In version 1 an empty list of topics asks for none.
    let answer = ask(&mut broker, METADATA, 1, &0_i32.to_be_bytes())?;
    let mut fields = Fields(&answer);
    let mut ids = Vec::new();
    for _ in 0..fields.int32()? {
        ids.push(fields.int32()?);
        fields.string()?; // host
        fields.int32()?; // port
        fields.string()?; // rack
    }
    Ok(ids)
}

/// Sends one request and returns the answer's body.
fn ask(broker: &mut TcpStream, api: i16, version: i16, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    request.extend(api.to_be_bytes());
    request.extend(version.to_be_bytes());
    request.extend(CORRELATION.to_be_bytes());
    request.extend((-1_i16).to_be_bytes()); // no client id
    request.extend(body);
    let length = i32::try_from(request.len()).map_err(|_| ErrorKind::InvalidInput)?;
    broker.write_all(&[length.to_be_bytes().as_slice(), &request].concat())?;

    let mut length = [0; 4];
    broker.read_exact(&mut length)?;
    let length = u64::try_from(i32::from_be_bytes(length)).map_err(|_| ErrorKind::InvalidData)?;
    let mut answer = Vec::new();
    broker.take(length).read_to_end(&mut answer)?;
    let mut fields = Fields(&answer);
    if fields.int32()? != CORRELATION {
        return Err(ErrorKind::InvalidData.into());
    }
    Ok(fields.0.to_vec())
}

/// The rest of an answer, read field by field.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk().ok_or(ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(*field)
    }

    fn int16(&mut self) -> io::Result<i16> {
        self.array().map(i16::from_be_bytes)
    }

    fn int32(&mut self) -> io::Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// Skips a string; its length is negative where there is none.
    fn string(&mut self) -> io::Result<()> {
        let length = usize::try_from(self.int16()?).unwrap_or(0);
        self.0 = self.0.get(length..).ok_or(ErrorKind::UnexpectedEof)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Asks a server that gives these answers, each after one request.
    fn check(answers: &'static [&'static [u8]], expected: Result<&[i32], ErrorKind>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            for answer in answers {
                let mut length = [0; 4];
                client.read_exact(&mut length).unwrap();
                io::copy(&mut (&client).take(u32::from_be_bytes(length).into()), &mut io::sink()).unwrap();
                client.write_all(answer).unwrap();
            }
        });
        let got = brokers_known_at(port, Duration::from_secs(10));
        server.join().unwrap();
        assert_eq!(got.as_deref().map_err(io::Error::kind), expected);
    }

    const VERSIONS: &[u8] = &[0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];

    #[test]
    fn the_brokers_of_a_metadata_answer_are_read() {
        const METADATA: &[u8] = &[
            0, 0, 0, 34, 0, 0, 0, 1, // length, correlation
            0, 0, 0, 2, // two brokers
            0, 0, 0, 1, 0, 1, b'h', 0, 0, 0, 9, 0xff, 0xff, // one without a rack
            0, 0, 0, 3, 0, 0, 0, 0, 0, 9, 0, 1, b'r', // one with a rack
        ];
        check(&[VERSIONS, METADATA], Ok(&[1, 3]));
    }

    #[test]
    fn an_answer_cut_short_is_an_error() {
        check(&[VERSIONS, &[0, 0, 0, 6, 0, 0, 0, 1, 0, 0]], Err(ErrorKind::UnexpectedEof));
        check(&[&[0, 0, 0, 6, 0, 0, 0, 1, 0, 35]], Err(ErrorKind::Other));
    }
}
