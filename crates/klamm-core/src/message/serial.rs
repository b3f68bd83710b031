//! Owned messages and headers as serde's data.
//!
//! Bytes are serialized as bytes; JSON has none and writes a list of numbers. The assignment epoch is of one process only, and
//! left out.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

use super::{Headers, OwnedHeaders, OwnedMessage, Timestamp};
use crate::Message;

/// A message, as it is serialized.
#[derive(Serialize, Deserialize)]
#[serde(rename = "OwnedMessage")]
struct Written<'a> {
    topic: Cow<'a, str>,
    partition: i32,
    offset: i64,
    timestamp: Timestamp,
    leader_epoch: Option<i32>,
    key: Option<Bytes>,
    payload: Option<Bytes>,
    headers: OwnedHeaders,
}

impl Serialize for OwnedMessage {
    /// # Errors
    ///
    /// If the headers cannot be read.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let headers = self.try_headers().map_err(S::Error::custom)?;
        let written = Written {
            topic: self.topic().into(),
            partition: self.partition(),
            offset: self.offset(),
            timestamp: self.timestamp(),
            leader_epoch: self.leader_epoch(),
            key: self.key_bytes(),
            payload: self.payload_bytes(),
            headers: headers.map(OwnedHeaders::from).unwrap_or_default(),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OwnedMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let builder = Self::builder(&*written.topic)
            .partition(written.partition)
            .offset(written.offset)
            .timestamp(written.timestamp)
            .maybe_leader_epoch(written.leader_epoch)
            .maybe_key(written.key)
            .maybe_payload(written.payload)
            .headers(written.headers);
        Ok(builder.build())
    }
}

/// As Kafka's record format writes them, from the count on.
impl Serialize for OwnedHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.to_wire())
    }
}

impl<'de> Deserialize<'de> for OwnedHeaders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Bytes::deserialize(deserializer)?;
        let headers = Headers::parse(&wire).map_err(D::Error::custom)?;
        Ok(headers.map(Self::from).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_went() {
        for message in [
            OwnedMessage::builder("orders").build(),
            OwnedMessage::builder("zahlungen-ü")
                .partition(3)
                .offset(41)
                .key("")
                .payload([0xff, 0])
                .timestamp(Timestamp::LogAppendTime(7))
                .leader_epoch(2)
                .header("a", "1")
                .null_header([0xfe])
                .build(),
        ] {
            let json = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<OwnedMessage>(&json).unwrap(), message, "{json}");
        }
    }

    #[test]
    fn headers_that_are_none_are_refused() {
        assert_eq!(serde_json::from_str::<OwnedHeaders>("[0]").unwrap(), OwnedHeaders::new());
        let error = serde_json::from_str::<OwnedHeaders>("[2, 1]").unwrap_err();
        assert!(error.to_string().contains("malformed at byte 1"), "{error}");
    }
}
