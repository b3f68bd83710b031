//! Records that no honest producer writes: a batch made byte by byte, and sent as a produce request.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// What goes into a record, as bytes on the wire.
#[derive(Clone, Default)]
pub(crate) struct WireRecord {
    pub(crate) payload: &'static [u8],
    /// Everything after the value.
    pub(crate) headers: Vec<u8>,
}

/// The times of a batch.
#[derive(Clone, Copy)]
pub(crate) struct WireTime {
    pub(crate) millis: i64,
    pub(crate) is_append_time: bool,
}

/// Writes a zigzag varint.
pub(crate) fn varint(number: i64) -> Vec<u8> {
    let mut bits = u64::from_ne_bytes(((number << 1) ^ (number >> 63)).to_ne_bytes());
    let mut bytes = Vec::new();
    while bits >= 0x80 {
        bytes.push(u8::try_from(bits & 0x7f).unwrap() | 0x80);
        bits >>= 7;
    }
    bytes.push(u8::try_from(bits).unwrap());
    bytes
}

/// Appends a batch to partition 0 of `topic`, at the broker that leads it.
pub(crate) fn append(broker: &str, topic: &str, time: WireTime, records: &[WireRecord]) {
    let batch = batch(time, records);
    let mut body = Vec::new();
    body.extend((-1_i16).to_be_bytes()); // no transaction
    body.extend(1_i16.to_be_bytes()); // the leader's acknowledgement
    body.extend(10_000_i32.to_be_bytes());
    body.extend(1_i32.to_be_bytes());
    body.extend(string(topic));
    body.extend(1_i32.to_be_bytes());
    body.extend(0_i32.to_be_bytes());
    body.extend(len(&batch));
    body.extend(batch);

    let mut request = Vec::new();
    request.extend(0_i16.to_be_bytes()); // Produce
    request.extend(3_i16.to_be_bytes());
    request.extend(7_i32.to_be_bytes());
    request.extend(string("wire"));
    request.extend(body);

    let mut stream = TcpStream::connect(broker).unwrap();
    stream.write_all(&len(&request)).unwrap();
    stream.write_all(&request).unwrap();
    let mut size = [0; 4];
    stream.read_exact(&mut size).unwrap();
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(size)).unwrap()];
    stream.read_exact(&mut answer).unwrap();
    // Correlation, topics, name, partitions, index: then the code.
    let code = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[code..code + 2], [0, 0], "the broker refuses the batch");
}

fn batch(time: WireTime, records: &[WireRecord]) -> Vec<u8> {
    let count = i32::try_from(records.len()).unwrap();
    let mut rest = Vec::new();
    rest.extend(0_i32.to_be_bytes()); // the leader's epoch
    rest.push(2); // the format
    rest.extend(0_i32.to_be_bytes()); // the checksum, which is not looked at
    rest.extend((i16::from(time.is_append_time) << 3).to_be_bytes());
    rest.extend((count - 1).to_be_bytes());
    rest.extend(time.millis.to_be_bytes());
    rest.extend(time.millis.to_be_bytes());
    rest.extend((-1_i64).to_be_bytes());
    rest.extend((-1_i16).to_be_bytes());
    rest.extend((-1_i32).to_be_bytes());
    rest.extend(count.to_be_bytes());
    for (delta, record) in (0..).zip(records) {
        let mut bytes = vec![0];
        bytes.extend(varint(0));
        bytes.extend(varint(delta));
        bytes.extend(varint(-1)); // no key
        bytes.extend(varint(i64::try_from(record.payload.len()).unwrap()));
        bytes.extend(record.payload);
        bytes.extend(&record.headers);
        rest.extend(varint(i64::try_from(bytes.len()).unwrap()));
        rest.extend(bytes);
    }
    let mut batch = Vec::new();
    batch.extend(0_i64.to_be_bytes());
    batch.extend(len(&rest));
    batch.extend(rest);
    batch
}

fn len(bytes: &[u8]) -> [u8; 4] {
    i32::try_from(bytes.len()).unwrap().to_be_bytes()
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = i16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}
