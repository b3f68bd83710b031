//! How it went, as a table or as JSON.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

/// How it went.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) cluster: &'static str,
    pub(super) produced: u64,
    pub(super) processed: u64,
    pub(super) lost: u64,
    pub(super) duplicated: u64,
    pub(super) committed: i64,
    pub(super) log_end: i64,
    pub(super) rebalances: u64,
    pub(super) longest_hold: Duration,
    pub(super) elapsed: Duration,
}

impl Figures {
    /// Tells whether every message was handled once and is committed.
    pub(super) fn is_right(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.committed == self.log_end
    }

    fn rate(&self) -> u64 {
        let millis = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.processed.saturating_mul(1_000) / millis
    }

    fn hold_millis(&self) -> u64 {
        u64::try_from(self.longest_hold.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Prints a table, and with `json` the same as one object in the last line.
pub(super) fn print(figures: &Figures, json: bool) -> Result<()> {
    let rows = [
        ("produced", figures.produced.to_string()),
        ("processed", figures.processed.to_string()),
        ("lost", figures.lost.to_string()),
        ("duplicated", figures.duplicated.to_string()),
        ("committed", format!("{} of {}", figures.committed, figures.log_end)),
        ("rebalances", figures.rebalances.to_string()),
        ("longest hold", format!("{} ms", figures.hold_millis())),
        ("messages per second", figures.rate().to_string()),
    ];
    for (name, value) in rows {
        println!("{name:<20}{value:>20}");
    }
    println!("{}", if figures.is_right() { "every message once" } else { "NOT RIGHT" });
    if json {
        let object = json!({
            "cluster": figures.cluster,
            "produced": figures.produced,
            "processed": figures.processed,
            "lost": figures.lost,
            "duplicated": figures.duplicated,
            "committed": figures.committed,
            "log_end": figures.log_end,
            "rebalances": figures.rebalances,
            "longest_hold_ms": figures.hold_millis(),
            "messages_per_second": figures.rate(),
        });
        println!("{}", serde_json::to_string(&object)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            cluster: "test",
            produced: 10,
            processed: 10,
            lost: 0,
            duplicated: 0,
            committed: 10,
            log_end: 10,
            rebalances: 2,
            longest_hold: Duration::from_millis(3),
            elapsed: Duration::from_secs(2),
        }
    }

    #[test]
    fn anything_lost_repeated_or_left_uncommitted_is_wrong() {
        assert!(figures().is_right());
        assert!(!Figures { lost: 1, ..figures() }.is_right());
        assert!(!Figures { duplicated: 1, ..figures() }.is_right());
        assert!(!Figures { committed: 9, ..figures() }.is_right());
        assert_eq!(figures().rate(), 5);
    }
}
