//! What a report says of a broker.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Window;

/// A broker, or an address that stands for one, and the connection to it. Totals count from the client's start.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Broker {
    /// Host, port and id, as `example.com:9092/13`.
    pub name: String,
    /// The broker's id, or -1 for an address that stands for none in particular.
    pub nodeid: i32,
    /// Host and port.
    pub nodename: String,
    /// How it came to be known: `configured`, `learned`, `internal` or `logical`.
    pub source: String,
    /// The connection's state: `INIT`, `DOWN`, `CONNECT`, `AUTH`, `APIVERSION_QUERY`, `AUTH_HANDSHAKE`, `UP` or `UPDATE`,
    /// among others.
    pub state: String,
    /// How long it has been in this state, in µs.
    pub stateage: u64,
    /// Requests that wait to be sent.
    pub outbuf_cnt: u64,
    /// Messages that wait to be sent.
    pub outbuf_msg_cnt: u64,
    /// Requests that wait for their response.
    pub waitresp_cnt: u64,
    /// Messages that wait for their response.
    pub waitresp_msg_cnt: u64,
    /// Total of requests sent.
    pub tx: u64,
    /// Total of bytes sent.
    pub txbytes: u64,
    /// Total of errors in sending.
    pub txerrs: u64,
    /// Total of requests sent again.
    pub txretries: u64,
    /// µs since something was sent, or -1 if nothing was on this connection.
    pub txidle: i64,
    /// Total of requests that were not answered in time.
    pub req_timeouts: u64,
    /// Total of responses received.
    pub rx: u64,
    /// Total of bytes received.
    pub rxbytes: u64,
    /// Total of errors in receiving.
    pub rxerrs: u64,
    /// Total of responses to no known request, mostly one that was given up.
    pub rxcorriderrs: u64,
    /// Total of message sets that did not fit their fetch response whole.
    pub rxpartial: u64,
    /// µs since something was received, or -1 if nothing was on this connection.
    pub rxidle: i64,
    /// How many requests of each type were sent, by the type's name.
    pub req: BTreeMap<String, u64>,
    /// Total of times that a buffer for decompression had to grow.
    pub zbuf_grow: u64,
    /// Total of times that a buffer had to grow; librdkafka no longer counts them.
    pub buf_grow: u64,
    /// Total of times that the broker's thread woke.
    pub wakeups: u64,
    /// Total of attempts to connect, including those that failed.
    pub connects: u64,
    /// Total of disconnects, whoever caused them.
    pub disconnects: u64,
    /// How long messages wait in a producer before they are put into a request, in µs.
    pub int_latency: Window,
    /// How long requests wait before they are written to the socket, in µs.
    pub outbuf_latency: Window,
    /// The time from a request to its response, in µs.
    pub rtt: Window,
    /// How long the broker throttles this client, in ms.
    pub throttle: Window,
    /// The partitions that this broker serves, by topic, `-` and number.
    pub toppars: BTreeMap<String, BrokerPartition>,
}

impl Default for Broker {
    fn default() -> Self {
        Self {
            name: String::new(),
            nodeid: -1,
            nodename: String::new(),
            source: String::new(),
            state: String::new(),
            stateage: 0,
            outbuf_cnt: 0,
            outbuf_msg_cnt: 0,
            waitresp_cnt: 0,
            waitresp_msg_cnt: 0,
            tx: 0,
            txbytes: 0,
            txerrs: 0,
            txretries: 0,
            txidle: -1,
            req_timeouts: 0,
            rx: 0,
            rxbytes: 0,
            rxerrs: 0,
            rxcorriderrs: 0,
            rxpartial: 0,
            rxidle: -1,
            req: BTreeMap::new(),
            zbuf_grow: 0,
            buf_grow: 0,
            wakeups: 0,
            connects: 0,
            disconnects: 0,
            int_latency: Window::default(),
            outbuf_latency: Window::default(),
            rtt: Window::default(),
            throttle: Window::default(),
            toppars: BTreeMap::new(),
        }
    }
}

/// A partition that a broker serves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct BrokerPartition {
    /// The topic's name.
    pub topic: String,
    /// The partition's number, from 0; -1 where it is not known.
    pub partition: i32,
}

impl Default for BrokerPartition {
    fn default() -> Self {
        Self { topic: String::new(), partition: -1 }
    }
}
