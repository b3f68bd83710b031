//! Settings that a kind of client cannot work without.

/// A setting that a kind of client cannot work without.
#[derive(Clone, Copy, Debug)]
pub struct Forced {
    /// The key.
    pub key: &'static str,
    /// The only value that is accepted, in librdkafka's notation.
    pub value: &'static str,
    /// What any other value would break.
    pub reason: &'static str,
    /// Whether the value is written where it is not librdkafka's default.
    pub is_written: bool,
}

impl Forced {
    /// Tells whether `value` means something else. A value that means nothing is left to librdkafka to refuse.
    pub(super) fn contradicts(&self, value: &str) -> bool {
        matches!((truth(self.value), truth(value)), (Some(forced), Some(given)) if forced != given)
    }
}

/// Reads a boolean as librdkafka does.
pub(crate) fn truth(value: &str) -> Option<bool> {
    let is = |word: &&str| value.eq_ignore_ascii_case(word);
    if ["true", "t", "1"].iter().any(is) {
        Some(true)
    } else if ["false", "f", "0"].iter().any(is) {
        Some(false)
    } else {
        None
    }
}

/// What a consumer cannot work without.
pub const CONSUMER_FORCED: &[Forced] = &[
    Forced {
        key: "enable.auto.commit",
        value: "false",
        reason: "messages are taken from librdkafka in batches, and auto-commit would commit what nobody has seen; \
                 commit what was processed instead",
        is_written: true,
    },
    Forced {
        key: "auto.commit.enable",
        value: "false",
        reason: "the old name of `enable.auto.commit`, which would commit what nobody has seen",
        is_written: false,
    },
    Forced {
        key: "enable.auto.offset.store",
        value: "false",
        reason: "messages are taken from librdkafka in batches, and storing their offsets would mark as done what \
                 nobody has seen",
        is_written: true,
    },
    Forced {
        key: "enable.partition.eof",
        value: "false",
        reason: "an end-of-partition event inside a batch moves librdkafka's position past a message \
                 (librdkafka issue 4844, fixed in 2.13.2)",
        is_written: false,
    },
    Forced {
        key: "log.queue",
        value: "true",
        reason: "logs are forwarded to `tracing` by the control thread",
        is_written: true,
    },
];

/// What a producer cannot work without.
pub const PRODUCER_FORCED: &[Forced] = &[
    Forced {
        key: "delivery.report.only.error",
        value: "false",
        reason: "a send is answered by its delivery report; without one it would wait for ever",
        is_written: false,
    },
    Forced {
        key: "log.queue",
        value: "true",
        reason: "logs are forwarded to `tracing` by the control thread",
        is_written: true,
    },
];
