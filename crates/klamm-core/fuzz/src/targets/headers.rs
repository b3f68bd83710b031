//! Headers from the wire, and what is done to headers of one's own beside a plain list.

use klamm_core::message::{Headers, OwnedHeaders};

type Model<'a> = Vec<(&'a [u8], Option<&'a [u8]>)>;

pub(super) fn run(input: &[u8]) {
    read(input);
    change(input);
}

/// Takes the input for headers as they come over the wire.
fn read(wire: &[u8]) {
    let headers = match Headers::parse(wire) {
        Ok(Some(headers)) => headers,
        Ok(None) => return,
        Err(error) => return assert!(error.at() <= wire.len(), "{error}"),
    };
    assert!(headers.len() > 0 && headers.len() == headers.iter().count());
    for header in headers {
        let same = headers.get_all(header.name_bytes()).collect::<Vec<_>>();
        assert!(same.contains(&header));
        assert_eq!(headers.get(header.name_bytes()), same.first().copied());
        assert_eq!(headers.get_last(header.name_bytes()), same.last().copied());
    }
    let owned = OwnedHeaders::from(headers);
    assert_eq!(Headers::parse(&owned.to_wire()), Ok(Some(headers)));
    assert_eq!(format!("{owned:?}"), format!("{headers:?}"));
}

/// Takes the input for a list of changes: a byte that chooses, and what it needs.
fn change(mut input: &[u8]) {
    let mut headers = OwnedHeaders::new();
    let mut model = Model::new();
    while let Some((&choice, rest)) = input.split_first() {
        input = rest;
        match choice % 8 {
            // Most often something is added.
            0..=2 => {
                let (name, value) = (bytes(&mut input), bytes(&mut input));
                headers.push(name, value);
                model.push((name, Some(value)));
            }
            3 => {
                let name = bytes(&mut input);
                headers.push_null(name);
                model.push((name, None));
            }
            4 => {
                let (name, value) = (bytes(&mut input), bytes(&mut input));
                headers.set(name, value);
                model.retain(|(other, _)| *other != name);
                model.push((name, Some(value)));
            }
            5 => {
                let name = bytes(&mut input);
                let before = model.len();
                model.retain(|(other, _)| *other != name);
                assert_eq!(headers.remove(name), before - model.len());
            }
            6 => {
                let copy = headers.iter().collect::<OwnedHeaders>();
                assert_eq!(copy, headers);
                headers.extend(&copy);
                model.extend_from_within(..);
                // Doubling may go on for as long as there is input.
                if model.len() > 64 {
                    headers.clear();
                    model.clear();
                }
            }
            _ => {
                headers.clear();
                model.clear();
            }
        }
        assert_eq!((headers.len(), headers.is_empty()), (model.len(), model.is_empty()));
    }
    let read = headers.iter().map(|header| (header.name_bytes(), header.value())).collect::<Model<'_>>();
    assert_eq!(read, model);
    let wire = headers.to_wire();
    assert_eq!(Headers::parse(&wire), Ok(headers.as_headers()));
}

/// Takes up to seven bytes off the input, so that names meet again.
fn bytes<'a>(input: &mut &'a [u8]) -> &'a [u8] {
    let Some((&length, rest)) = input.split_first() else { return &[] };
    let (bytes, rest) = rest.split_at(usize::from(length % 8).min(rest.len()));
    *input = rest;
    bytes
}
