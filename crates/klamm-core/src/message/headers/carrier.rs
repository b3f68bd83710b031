//! Headers as a carrier of OpenTelemetry's trace context.

use opentelemetry::propagation::{Extractor, Injector};

use super::{Headers, HeadersIter, OwnedHeaders};

impl Injector for OwnedHeaders {
    fn set(&mut self, key: &str, value: String) {
        OwnedHeaders::set(self, key, value);
    }
}

impl Extractor for OwnedHeaders {
    fn get(&self, key: &str) -> Option<&str> {
        text(self.get_last(key)?.value()?)
    }

    fn keys(&self) -> Vec<&str> {
        names(self.iter())
    }
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        text(self.get_last(key)?.value()?)
    }

    fn keys(&self) -> Vec<&str> {
        names(self.iter())
    }
}

/// What is no text is not there, as for every propagator.
fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok()
}

fn names(headers: HeadersIter<'_>) -> Vec<&str> {
    headers.filter_map(|header| header.name().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_that_was_injected_is_extracted() {
        let mut headers = OwnedHeaders::new();
        headers.push("traceparent", "old").push([0xff], "no text").push("blob", [0xff]);
        Injector::set(&mut headers, "traceparent", "00-a-b-01".to_owned());
        let view = headers.as_headers().unwrap();
        for carrier in [&headers as &dyn Extractor, &view] {
            assert_eq!(carrier.get("traceparent"), Some("00-a-b-01"));
            assert_eq!((carrier.get("blob"), carrier.get("missing")), (None, None));
            assert_eq!(carrier.keys(), ["blob", "traceparent"]);
        }
    }
}
