//! Bytes that no honest producer writes are told by type, and cost nothing else.

mod common;

use common::{
    TOPIC, cluster, read, soon,
    wire::{WireRecord, WireTime, append, varint},
};
use klamm_core::{Message, Timestamp};
use klamm_stream::Consumer;
use klamm_testing::MockCluster;

const NOW: WireTime = WireTime { millis: 1_700_000_000_000, is_append_time: false };

/// Header bytes, and at which of them they stop being headers.
fn malformed() -> Vec<(Vec<u8>, usize)> {
    let name = |len: i64| [varint(1), varint(len)].concat();
    vec![
        (varint(-1), 0),
        (varint(-7), 0),
        (vec![0xff; 11], 0),
        (varint(1), 1),
        (name(-1), 1),
        (name(-2), 1),
        (name(i64::MAX), 1),
        (name(i64::MIN), 1),
        ([name(4), b"abc".to_vec()].concat(), 1),
        ([name(1), b"a".to_vec()].concat(), 3),
        ([name(1), b"a".to_vec(), varint(-2)].concat(), 3),
        ([name(1), b"a".to_vec(), varint(100_000), b"short".to_vec()].concat(), 3),
        ([varint(1_000_000_000), varint(1), b"a".to_vec(), varint(-1)].concat(), 8),
        ([varint(2), varint(1), b"a".to_vec(), varint(1), b"1".to_vec(), varint(9)].concat(), 5),
    ]
}

/// Starts a consumer that takes records whose checksum nobody has made.
fn consumer(cluster: &MockCluster, topic: &str) -> Consumer {
    let config = cluster.consumer_config("group").set("check.crcs", false);
    Consumer::builder(config).subscribe([topic]).unwrap()
}

#[tokio::test]
async fn malformed_headers_are_a_typed_error_and_the_rest_is_readable() {
    let cluster = cluster();
    let good =
        WireRecord { payload: b"good", headers: [varint(1), varint(1), b"a".to_vec(), varint(-1)].concat() };
    let mut records = vec![good.clone()];
    records.extend(malformed().into_iter().map(|(headers, _)| WireRecord { payload: b"bad", headers }));
    records.push(good);
    append(&cluster.bootstrap_servers(), TOPIC, NOW, &records);

    let consumer = consumer(&cluster, TOPIC);
    let malformed = malformed();
    let mut expected = malformed.iter();
    for offset in 0..records.len() {
        let borrowed = soon("a message", consumer.recv()).await.unwrap();
        assert_eq!(borrowed.offset(), i64::try_from(offset).unwrap());
        let as_borrowed = read(&borrowed);
        if borrowed.payload() == Some(b"good") {
            assert_eq!(as_borrowed.headers, Ok(vec![(b"a".to_vec(), None)]));
        } else {
            let (bytes, at) = expected.next().unwrap();
            assert_eq!(as_borrowed.headers.as_ref().unwrap_err().at(), *at, "{bytes:?}");
            assert!(borrowed.headers().is_none());
        }
        let detached = borrowed.detach();
        assert_eq!(read(&detached), as_borrowed);
        let shared = borrowed.share();
        assert_eq!(read(&shared), as_borrowed);
        let parts = detached.into_parts();
        assert_eq!(parts.payload, shared.payload_bytes());
        assert_eq!(
            parts.headers.map_err(|error| error.at()).err(),
            as_borrowed.headers.map_err(|error| error.at()).err()
        );
    }
    assert_eq!(expected.len(), 0);
}

#[tokio::test]
async fn names_need_not_be_text_and_may_hold_nul() {
    let cluster = cluster();
    let names = [&b"\xff\xfe"[..], b"a\0b", b"", b"\0"];
    let mut headers = varint(i64::try_from(names.len()).unwrap());
    for name in names {
        headers.extend([varint(i64::try_from(name.len()).unwrap()), name.to_vec(), varint(0)].concat());
    }
    append(&cluster.bootstrap_servers(), TOPIC, NOW, &[WireRecord { payload: b"", headers }]);
    let consumer = consumer(&cluster, TOPIC);
    let message = soon("a message", consumer.recv()).await.unwrap().detach();
    let headers = message.headers().unwrap();
    assert_eq!(headers.iter().map(|header| header.name_bytes()).collect::<Vec<_>>(), names);
    assert_eq!(
        headers.iter().map(|header| header.name().is_ok()).collect::<Vec<_>>(),
        [false, true, true, true]
    );
    assert!(names.iter().all(|name| headers.get(name).unwrap().value() == Some(b"")));
}

#[tokio::test]
async fn a_time_is_told_by_its_kind_or_is_absent() {
    let cluster = cluster();
    let record = [WireRecord { payload: b"", headers: varint(0) }];
    let times = [
        (WireTime { millis: -1, is_append_time: false }, Timestamp::NotAvailable),
        (WireTime { millis: 5, is_append_time: false }, Timestamp::CreateTime(5)),
        (WireTime { millis: 7, is_append_time: true }, Timestamp::LogAppendTime(7)),
        (WireTime { millis: 0, is_append_time: false }, Timestamp::CreateTime(0)),
        (WireTime { millis: i64::MIN, is_append_time: false }, Timestamp::NotAvailable),
        (WireTime { millis: i64::MAX, is_append_time: true }, Timestamp::LogAppendTime(i64::MAX)),
    ];
    for (time, _) in times {
        append(&cluster.bootstrap_servers(), TOPIC, time, &record);
    }
    let consumer = consumer(&cluster, TOPIC);
    for (_, expected) in times {
        let message = soon("a message", consumer.recv()).await.unwrap();
        assert_eq!((message.timestamp(), message.detach().timestamp()), (expected, expected));
    }
}

#[tokio::test]
async fn a_record_that_ends_with_its_value_has_no_headers() {
    let cluster = cluster();
    append(
        &cluster.bootstrap_servers(),
        TOPIC,
        NOW,
        &[WireRecord { payload: b"value", headers: Vec::new() }],
    );
    let consumer = consumer(&cluster, TOPIC);
    let message = soon("a message", consumer.recv()).await.unwrap();
    assert_eq!((message.payload(), message.try_headers()), (Some(&b"value"[..]), Ok(None)));
    assert_eq!(message.detach().try_headers(), Ok(None));
}
