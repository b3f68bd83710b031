//! The words that librdkafka knows for a setting, as types.

use std::fmt;

use super::setter::Value;

/// Declares a choice of words.
macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$word_doc:meta])+ $word:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])+ $word,)+
        }

        impl $name {
            /// Returns librdkafka's word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Value for $name {
            fn text(self) -> String {
                self.as_str().to_owned()
            }
        }
    )+};
}

words! {
    /// How the client speaks with brokers.
    SecurityProtocol {
        /// Neither encrypted nor authenticated.
        Plaintext = "plaintext",
        /// Over TLS.
        Ssl = "ssl",
        /// Authenticated, and not encrypted.
        SaslPlaintext = "sasl_plaintext",
        /// Authenticated over TLS.
        SaslSsl = "sasl_ssl",
    }

    /// How the client proves who it is.
    SaslMechanism {
        /// Kerberos.
        Gssapi = "GSSAPI",
        /// Name and password in the clear: over TLS only.
        Plain = "PLAIN",
        /// Name and password, salted, with SHA-256.
        ScramSha256 = "SCRAM-SHA-256",
        /// Name and password, salted, with SHA-512.
        ScramSha512 = "SCRAM-SHA-512",
        /// A token of an authorization server.
        OAuthBearer = "OAUTHBEARER",
    }

    /// The protocol by which a group shares its partitions out.
    GroupProtocol {
        /// The members' leader decides.
        Classic = "classic",
        /// The coordinator decides (KIP-848, Kafka 4.0 and later).
        Consumer = "consumer",
    }

    /// How the leader of a classic group shares partitions out.
    AssignmentStrategy {
        /// Neighbouring partitions of each topic together.
        Range = "range",
        /// All partitions in turn.
        RoundRobin = "roundrobin",
        /// As few changes as possible, and only what changes hands is revoked. Not to be mixed with the others.
        CooperativeSticky = "cooperative-sticky",
    }

    /// Where to read a partition that has no committed offset, or one that is outside of its log.
    AutoOffsetReset {
        /// The first message there is.
        Earliest = "earliest",
        /// After the last one.
        Latest = "latest",
        /// Nowhere: the reader gets [`AUTO_OFFSET_RESET`](crate::ErrorCode::AUTO_OFFSET_RESET).
        Error = "error",
    }

    /// Which messages of transactions are read.
    IsolationLevel {
        /// All, also those of transactions that were aborted.
        ReadUncommitted = "read_uncommitted",
        /// Those of transactions that were committed.
        ReadCommitted = "read_committed",
    }

    /// Whose confirmation a record waits for.
    Acks {
        /// Nobody's: a record may be lost without a sign.
        None = "0",
        /// The leader's.
        Leader = "1",
        /// That of all replicas in sync.
        All = "all",
    }

    /// How a partition is chosen for a record that names none. Where that is left to chance, records follow each other into
    /// one partition for `sticky.partitioning.linger.ms`.
    Partitioner {
        /// By chance.
        Random = "random",
        /// By the key's CRC32; keys that are empty or missing all go to one partition.
        Consistent = "consistent",
        /// By the key's CRC32; by chance if it is empty or missing.
        ConsistentRandom = "consistent_random",
        /// By the key's Murmur2, as Kafka's own clients do; missing keys all go to one partition.
        Murmur2 = "murmur2",
        /// By the key's Murmur2, as Kafka's own clients do; by chance if it is missing.
        Murmur2Random = "murmur2_random",
        /// By the key's FNV-1a; missing keys all go to one partition.
        Fnv1a = "fnv1a",
        /// By the key's FNV-1a; by chance if it is missing.
        Fnv1aRandom = "fnv1a_random",
    }

    /// How record batches are compressed.
    Compression {
        /// Not at all.
        None = "none",
        /// With gzip (feature `libz`).
        Gzip = "gzip",
        /// With Snappy.
        Snappy = "snappy",
        /// With LZ4.
        Lz4 = "lz4",
        /// With Zstandard (feature `zstd`).
        Zstd = "zstd",
    }

    /// How much librdkafka logs: syslog's levels.
    LogLevel {
        /// The client cannot be used.
        Emergency = "0",
        /// Something must be done at once.
        Alert = "1",
        /// Critical.
        Critical = "2",
        /// Errors.
        Error = "3",
        /// Warnings.
        Warning = "4",
        /// Normal, and worth a note.
        Notice = "5",
        /// What happens.
        Info = "6",
        /// Everything. [`Config::debug`](crate::Config::debug) implies it.
        Debug = "7",
    }

    /// What librdkafka logs the details of.
    DebugContext {
        /// The client as a whole.
        Generic = "generic",
        /// Brokers and their connections.
        Broker = "broker",
        /// Topics.
        Topic = "topic",
        /// Metadata.
        Metadata = "metadata",
        /// What brokers support.
        Feature = "feature",
        /// Queues.
        Queue = "queue",
        /// Messages.
        Msg = "msg",
        /// Requests and responses.
        Protocol = "protocol",
        /// The consumer group.
        Group = "cgrp",
        /// TLS and SASL.
        Security = "security",
        /// Fetching.
        Fetch = "fetch",
        /// Interceptors.
        Interceptor = "interceptor",
        /// Plug-ins.
        Plugin = "plugin",
        /// The consumer.
        Consumer = "consumer",
        /// Administration.
        Admin = "admin",
        /// Idempotence and transactions.
        ExactlyOnce = "eos",
        /// The in-process cluster.
        Mock = "mock",
        /// Assignment strategies.
        Assignor = "assignor",
        /// The configuration, with secrets hidden.
        Configuration = "conf",
        /// Telemetry.
        Telemetry = "telemetry",
        /// All of them.
        All = "all",
    }
}

/// Joins words with commas.
pub(super) fn joined<T: fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| word.to_string()).collect();
    words.join(",")
}
