//! librdkafka's log lines, and their way into `tracing`.

/// A line of librdkafka's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its syslog level, from 0 (emergency) to 7 (debug).
    pub level: i32,
    /// librdkafka's name for the part that logs.
    pub facility: String,
    /// The text.
    pub text: String,
}

impl LogLine {
    /// Forwards the line to `tracing`: target `librdkafka`, field `facility`, the text as the message.
    ///
    /// Of the syslog levels 0 to 3 become errors, 4 a warning, 5 and 6 information, 7 debugging.
    pub fn emit(&self) {
        let Self { level, facility, text } = self;
        match level {
            ..=3 => tracing::error!(target: "librdkafka", facility, "{text}"),
            4 => tracing::warn!(target: "librdkafka", facility, "{text}"),
            5 | 6 => tracing::info!(target: "librdkafka", facility, "{text}"),
            _ => tracing::debug!(target: "librdkafka", facility, "{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fmt,
        sync::{Arc, Mutex},
    };

    use tracing::{
        Event, Level, Metadata, Subscriber,
        field::{Field, Visit},
        span,
    };

    use super::*;

    /// What was seen of an event: level, target, fields in order.
    type Seen = (Level, String, Vec<(&'static str, String)>);

    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<Seen>>>);

    struct Fields(Vec<(&'static str, String)>);

    impl Visit for Fields {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.push((field.name(), value.to_owned()));
        }

        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.push((field.name(), format!("{value:?}")));
        }
    }

    impl Subscriber for Recorder {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut fields = Fields(Vec::new());
            event.record(&mut fields);
            fields.0.sort();
            let metadata = event.metadata();
            self.0.lock().unwrap().push((*metadata.level(), metadata.target().to_owned(), fields.0));
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_line_arrives_with_its_level_its_facility_and_its_text() {
        let recorder = Recorder::default();
        tracing::subscriber::with_default(recorder.clone(), || {
            for level in -1..=8 {
                LogLine { level, facility: "FAIL".to_owned(), text: format!("{{level}} {level}") }.emit();
            }
        });
        let seen = recorder.0.lock().unwrap();
        let levels: Vec<Level> = seen.iter().map(|(level, ..)| *level).collect();
        let (error, warn, info, debug) = (Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG);
        assert_eq!(levels, [error, error, error, error, error, warn, info, info, debug, debug]);
        for (level, (_, target, fields)) in (-1..=8).zip(seen.iter()) {
            assert_eq!(target, "librdkafka");
            let text = format!("{{level}} {level}");
            assert_eq!(*fields, [("facility", "FAIL".to_owned()), ("message", text)]);
        }
    }
}
