//! librdkafka's header lists: made of ours for sending, and parsed where a message's headers cannot be read where they lie.

use std::{
    ffi::{CStr, c_int, c_void},
    marker::PhantomData,
    ptr::{self, NonNull},
    sync::{Mutex, PoisonError},
};

use super::bytes;
use super::ledger::{
    rd_kafka_header_add, rd_kafka_header_cnt, rd_kafka_header_get_all, rd_kafka_headers_destroy,
    rd_kafka_headers_new, rd_kafka_headers_t, rd_kafka_message_headers,
};
use super::message::RawMessage;
use crate::message::{Headers, HeadersError};

/// A list of headers that a record is sent with, until librdkafka takes it over.
pub(super) struct NativeHeaders(NonNull<rd_kafka_headers_t>);

impl NativeHeaders {
    pub(super) fn of(headers: Headers<'_>) -> Self {
        // SAFETY: takes a size to begin with and allocates.
        let list = unsafe { rd_kafka_headers_new(headers.len()) };
        let list = NonNull::new(list).expect("librdkafka's allocator aborts rather than return null");
        for header in headers {
            let (name, value) = (header.name_bytes(), header.value());
            let (data, len) = value.map_or((ptr::null(), 0), |value| (value.as_ptr(), value.len()));
            // SAFETY: the list is ours; name and value are as long as they are said to be, and copied.
            unsafe {
                rd_kafka_header_add(
                    list.as_ptr(),
                    name.as_ptr().cast(),
                    signed(name.len()),
                    data.cast(),
                    signed(len),
                )
            };
        }
        Self(list)
    }

    pub(super) fn as_ptr(&self) -> *mut rd_kafka_headers_t {
        self.0.as_ptr()
    }

    /// Gives the list up: a record has taken it over.
    pub(super) fn taken_over(self) {
        std::mem::forget(self);
    }
}

impl Drop for NativeHeaders {
    fn drop(&mut self) {
        // SAFETY: ours (N3); had a record taken it over, it would have been forgotten.
        unsafe { rd_kafka_headers_destroy(self.0.as_ptr()) };
    }
}

/// A slice's length as C's `ssize_t`.
fn signed(len: usize) -> isize {
    isize::try_from(len).expect("no slice is longer than `isize::MAX`")
}

/// A list of headers that librdkafka has parsed, lent by its message. A name ends at its first NUL byte.
#[derive(Clone, Copy)]
pub(crate) struct HeaderList<'a> {
    list: NonNull<rd_kafka_headers_t>,
    message: PhantomData<&'a RawMessage>,
}

// SAFETY: N5, nothing writes to a list that was parsed.
unsafe impl Send for HeaderList<'_> {}
// SAFETY: as above.
unsafe impl Sync for HeaderList<'_> {}

impl<'a> HeaderList<'a> {
    pub(crate) fn len(self) -> usize {
        // SAFETY: the list lives as long as its message, which is borrowed.
        unsafe { rd_kafka_header_cnt(self.list.as_ptr()) }
    }

    pub(crate) fn get(self, index: usize) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        let (mut name, mut value, mut len) = (ptr::null(), ptr::null::<c_void>(), 0);
        let list = self.list.as_ptr();
        // SAFETY: as above; the three targets are ours.
        let code =
            unsafe { rd_kafka_header_get_all(list, index, &raw mut name, &raw mut value, &raw mut len) };
        if code != 0 {
            return None;
        }
        // SAFETY: every header has a name that ends with NUL and lives as long as the list.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes();
        // SAFETY: null, or so many bytes that live as long as the list.
        Some((name, unsafe { bytes::slice(value, len) }))
    }
}

impl RawMessage {
    /// Returns the headers, where they lie or as librdkafka has parsed them.
    #[inline]
    pub(crate) fn headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        match self.wire_headers() {
            Some(wire) => Headers::parse(wire),
            None => self.parsed_headers(),
        }
    }

    /// Has librdkafka parse the headers, which it does once.
    #[cold]
    fn parsed_headers(&self) -> Result<Option<Headers<'_>>, HeadersError> {
        /// `ERR__NOENT`: there are none.
        const NONE: c_int = -156;
        /// The first call for a message writes to it (N5).
        static PARSING: Mutex<()> = Mutex::new(());
        let mut list = ptr::null_mut();
        let code = {
            let _alone = PARSING.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the message is live (N3), and written to by nobody else (N5); the target is ours.
            unsafe { rd_kafka_message_headers(self.as_ptr(), &raw mut list) }
        };
        match (code, NonNull::new(list)) {
            (0, Some(list)) => Ok(Headers::of_list(HeaderList { list, message: PhantomData })),
            (NONE, _) => Ok(None),
            _ => Err(HeadersError::new(0, "librdkafka cannot read them")),
        }
    }
}

#[cfg(all(test, feature = "mock"))]
mod tests {
    use std::{
        sync::{Arc, Barrier},
        thread,
        time::Duration,
    };

    use super::*;
    use crate::message::OwnedHeaders;
    use crate::{
        Config, Epoch, PartitionOffset, Position, TopicPartition,
        native::{Batch, Client, Content, Event, MockBroker, PartitionQueue, QueueListener, RawProducer},
    };

    const TOPIC: &str = "orders";
    /// The epoch under which the records are written; the first one is 0.
    const LEADER_EPOCH: i32 = 3;

    /// Wakes the thread that waits for messages.
    struct Unpark(thread::Thread);

    impl QueueListener for Unpark {
        fn non_empty(&self) {
            self.0.unpark();
        }
    }

    /// Writes a record with each of the lists, and hands the messages to `check`.
    fn check(lists: &[OwnedHeaders], mut check: impl FnMut(&RawMessage, &OwnedHeaders)) {
        let cluster = MockBroker::start(1).unwrap();
        cluster.create_topic(TOPIC, 1, 1).unwrap();
        // An epoch that is not 0, which would also be read from where nothing is.
        for _ in 0..LEADER_EPOCH {
            cluster.set_leader(TOPIC, 0, 1).unwrap();
        }
        let config = Config::new().bootstrap_servers(cluster.bootstrap_servers());
        let (producer, mut reports) = RawProducer::start(&config, None, ()).unwrap();
        for headers in lists {
            let mut record = Content { partition: Some(0), headers: headers.clone(), ..Content::default() };
            drop(producer.produce(&TOPIC.into(), &mut record).unwrap());
        }
        while producer.outstanding() > 0 {
            if let Some(Event::Deliveries(deliveries)) = reports.poll(Some(Duration::from_millis(10))) {
                producer.deliveries(deliveries, |_, report| assert_eq!(report.error, None), |_| {});
            }
        }
        let client = Client::consumer(&config.group_id("readers").set("fetch.wait.max.ms", 10)).unwrap();
        let partition = TopicPartition::new(TOPIC, 0);
        let listener = Arc::new(Unpark(thread::current()));
        let mut queue = PartitionQueue::split(&client, partition.clone(), listener).unwrap();
        client.assign(&[PartitionOffset::at(partition, Position::at(0))]).unwrap();
        let mut batch = Batch::new(&client);
        let mut lists = lists.iter();
        while lists.len() > 0 {
            if queue.take(&mut batch, Epoch::NONE) == 0 {
                thread::park_timeout(Duration::from_secs(30));
            }
            while let Some(message) = batch.next_shared() {
                check(message.raw(), lists.next().expect("no more messages than were written"));
            }
            assert!(batch.is_empty(), "an error stands in a message's place");
        }
        client.unassign().unwrap();
    }

    fn read(headers: Result<Option<Headers<'_>>, HeadersError>) -> OwnedHeaders {
        headers.unwrap().map(OwnedHeaders::from).unwrap_or_default()
    }

    fn lists() -> Vec<OwnedHeaders> {
        let long = "x".repeat(300);
        let pairs: [&[(&str, Option<&str>)]; 6] = [
            &[],
            &[("a", Some("1"))],
            &[("a", Some("")), ("a", None), ("", Some("no name"))],
            &[("traceparent", Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")), ("b", None)],
            &[(&long, Some(&long)), ("ü", Some(&long))],
            &[],
        ];
        pairs.iter().map(|pairs| pairs.iter().copied().collect()).collect()
    }

    #[test]
    fn headers_are_read_where_they_lie_as_librdkafka_reads_them() {
        check(&lists(), |message, written| {
            assert!(message.wire_headers().is_some(), "this release's layout is known");
            assert_eq!(read(message.headers()), *written);
            assert_eq!(read(message.parsed_headers()), *written);
            // From here on librdkafka has them, and its list is read.
            assert_eq!(message.wire_headers().is_none(), !written.is_empty());
            assert_eq!(read(message.headers()), *written);
        });
    }

    #[test]
    fn what_is_copied_is_read_where_it_lies_as_librdkafka_reads_it() {
        check(&lists(), |message, written| {
            let details = message.details();
            assert!(message.timestamp().to_millis().is_some());
            assert_eq!(details.timestamp, message.timestamp());
            assert_eq!(
                (details.leader_epoch, message.leader_epoch()),
                (Some(LEADER_EPOCH), Some(LEADER_EPOCH))
            );
            assert_eq!(read(Headers::parse(details.headers.unwrap())), *written);
        });
    }

    #[test]
    fn threads_that_have_them_parsed_at_once_get_one_list() {
        check(&lists(), |message, written| {
            let barrier = Barrier::new(8);
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        barrier.wait();
                        let headers = message.parsed_headers();
                        assert_eq!(read(headers), *written);
                    });
                }
            });
        });
    }
}
