//! Headers as a carrier of OpenTelemetry's trace context.

use opentelemetry::propagation::{Extractor, Injector};

use super::{Header, Headers, HeadersIter, OwnedHeaders};

impl Injector for OwnedHeaders {
    fn set(&mut self, key: &str, value: String) {
        OwnedHeaders::set(self, key, value);
    }
}

impl Extractor for OwnedHeaders {
    fn get(&self, key: &str) -> Option<&str> {
        text(self.get_last(key)?)
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        texts(OwnedHeaders::get_all(self, key))
    }

    fn keys(&self) -> Vec<&str> {
        names(self.iter())
    }
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        text(self.get_last(key)?)
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        texts(Headers::get_all(self, key))
    }

    fn keys(&self) -> Vec<&str> {
        names(self.iter())
    }
}

/// What is no text is not there, as for every propagator.
fn text(header: Header<'_>) -> Option<&str> {
    std::str::from_utf8(header.value()?).ok()
}

fn texts<'a>(headers: impl Iterator<Item = Header<'a>>) -> Option<Vec<&'a str>> {
    Some(headers.filter_map(text).collect::<Vec<_>>()).filter(|texts| !texts.is_empty())
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
        headers.push("baggage", "a=1").push("baggage", "b=2");
        Injector::set(&mut headers, "traceparent", "00-a-b-01".to_owned());
        let view = headers.as_headers().unwrap();
        for carrier in [&headers as &dyn Extractor, &view] {
            assert_eq!(carrier.get("traceparent"), Some("00-a-b-01"));
            assert_eq!((carrier.get("blob"), carrier.get("missing")), (None, None));
            assert_eq!(carrier.keys(), ["blob", "baggage", "baggage", "traceparent"]);
            assert_eq!(carrier.get_all("baggage"), Some(vec!["a=1", "b=2"]));
            assert_eq!((carrier.get_all("blob"), carrier.get_all("missing")), (None, None));
        }
    }
}
