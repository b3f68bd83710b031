//! How a setter is declared: its name and type, the key it writes, and what librdkafka says of that key.

use std::time::Duration;

/// A value as librdkafka reads it.
pub(super) trait Value {
    /// Returns the text.
    fn text(self) -> String;
}

/// Milliseconds, rounded up. What is longer than `i32::MAX` ms (24.8 days) becomes that, and is then refused by
/// librdkafka unless the key's range reaches so far.
impl Value for Duration {
    fn text(self) -> String {
        let millis = self.as_nanos().div_ceil(1_000_000);
        i32::try_from(millis).unwrap_or(i32::MAX).to_string()
    }
}

macro_rules! values {
    ($($type:ty),*) => {
        $(impl Value for $type {
            fn text(self) -> String {
                self.to_string()
            }
        })*
    };
}
values!(bool, i32, u32, String);

/// Declares setters of [`Config`](super::Config). Each documents its key, with a link to librdkafka's table.
macro_rules! setters {
    ($($(#[$doc:meta])+ $name:ident($value:ident: $type:ty $(=> $via:ty)?) $key:literal, $facts:literal;)+) => {
        impl $crate::Config {
            $(
                $(#[$doc])+
                #[doc = ""]
                #[doc = concat!(
                    "librdkafka's [`", $key, "`](https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md): ",
                    $facts, "."
                )]
                pub fn $name(self, $value: $type) -> Self {
                    $(let $value: $via = $value.into();)?
                    self.set($key, $crate::config::setter::Value::text($value))
                }
            )+
        }
    };
}
pub(super) use setters;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_rounded_up_and_never_wraps() {
        for (duration, text) in [
            (Duration::ZERO, "0"),
            (Duration::from_nanos(1), "1"),
            (Duration::from_micros(1500), "2"),
            (Duration::from_secs(45), "45000"),
            (Duration::from_millis(2_147_483_647), "2147483647"),
            (Duration::from_millis(2_147_483_648), "2147483647"),
            (Duration::from_millis(u64::from(u32::MAX) + 2), "2147483647"),
            (Duration::MAX, "2147483647"),
        ] {
            assert_eq!(duration.text(), text, "{duration:?}");
        }
    }
}
