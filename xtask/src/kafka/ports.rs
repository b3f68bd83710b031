//! Ports for brokers.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};

/// The lowest port we would take; below live well-known services.
const LOWEST: u16 = 15_000;

/// Chooses free loopback ports that nobody is handed by accident while a broker is down.
///
/// So they lie below the range from which the kernel gives ports to outgoing connections. A port within it could be
/// taken by any client between a kill and the restart, even by one that keeps connecting to that very port.
pub(super) fn choose(count: usize, taken: &BTreeSet<u16>) -> Result<Vec<u16>> {
    let end = first_outgoing_port().filter(|port| *port >= LOWEST + 1_000).unwrap_or(u16::MAX);
    // Two checkouts that start together look in different places.
    let start = LOWEST + u16::try_from(random() % u64::from(end - LOWEST)).unwrap_or(0);
    let candidates = (start..end).chain(LOWEST..start);
    let free =
        candidates.filter(|port| !taken.contains(port) && is_free(*port)).take(count).collect::<Vec<_>>();
    if free.len() < count {
        bail!("no {count} free ports between {LOWEST} and {end}");
    }
    Ok(free)
}

/// A random number without a dependency: the standard library seeds its hash maps with one.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

fn first_outgoing_port() -> Option<u16> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    range.split_whitespace().next()?.parse().ok()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_distinct_and_not_taken() {
        let first = choose(6, &BTreeSet::new()).unwrap().into_iter().collect::<BTreeSet<_>>();
        assert_eq!(first.len(), 6);
        let second = choose(6, &first).unwrap();
        assert!(second.iter().all(|port| !first.contains(port)));
    }
}
