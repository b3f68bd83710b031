//! What is done with messages of what size.

use crate::{area::Case, measure::Work, topic::Content};

/// What is done with a message that was taken off its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is read and dropped.
    Borrow,
    /// It comes to outlive its consumer, in the same memory.
    Share,
    /// It is copied.
    Detach,
}

/// What is done with messages of what size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Payload, headers and what is done, as in `100B/3h/share`.
    pub name: &'static str,
    /// What is in the topic.
    pub content: Content,
    /// What is done with each message.
    pub way: Way,
}

impl Keeping {
    pub(super) const fn new(name: &'static str, content: Content, way: Way) -> Self {
        Self { name, content, way }
    }
}

impl Case for Keeping {
    fn name(&self) -> &'static str {
        self.name
    }

    /// The bytes are those of the payloads and, unless the headers are only copied, of their names and values.
    fn work(&self) -> Work {
        let headers = if self.way == Way::Detach { 0 } else { self.content.headers() };
        let messages = self.content.messages;
        Work { messages, bytes: messages * (self.content.payload + headers) }
    }
}

#[cfg(test)]
mod tests {
    use crate::ownership::AREA;

    #[test]
    fn a_case_does_what_its_name_says() {
        for case in AREA.cases {
            let payload = match case.content.payload {
                bytes @ ..1_024 => format!("{bytes}B"),
                bytes => format!("{}KiB", bytes / 1_024),
            };
            let headers = if case.content.has_headers { "3h" } else { "0h" };
            let way = format!("{:?}", case.way).to_lowercase();
            assert_eq!(case.name, format!("{payload}/{headers}/{way}"));
        }
    }
}
