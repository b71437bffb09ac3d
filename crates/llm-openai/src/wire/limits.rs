//! The headers that tell when a limit ends.

use std::time::Duration;

use jiff::SignedDuration;
use llm_core::Retry;
use llm_http::Headers;

/// How long it is until a limit that was reached ends: the reset of what nothing is left of, the
/// longer one where that is both; where neither says so, the shorter reset.
pub(crate) fn reset(headers: Headers<'_>) -> Option<Retry> {
    let limits = ["requests", "tokens"].map(|what| {
        let reset = headers.get(&format!("x-ratelimit-reset-{what}")).and_then(duration);
        let left = headers.get(&format!("x-ratelimit-remaining-{what}"));
        (left.is_some_and(|left| left.trim() == "0"), reset)
    });
    let waits = |reached: bool| {
        limits
            .iter()
            .filter(move |(is_reached, _)| *is_reached == reached)
            .filter_map(|(_, wait)| *wait)
    };
    waits(true).max().or_else(|| waits(false).min()).map(Retry::After)
}

/// Reads a duration such as `1s`, `6m0s` or `12ms`. What is zero, negative or without a unit says
/// nothing.
fn duration(text: &str) -> Option<Duration> {
    let wait: SignedDuration = text.trim().parse().ok()?;
    Duration::try_from(wait).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        let check = |text, millis: Option<u64>| {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        };
        check("1s", Some(1_000));
        check("6m0s", Some(360_000));
        check("12ms", Some(12));
        check("2m59.56s", Some(179_560));
        check(" 1h30m ", Some(5_400_000));
        for odd in [
            "",
            "0",
            "-1",
            "0s",
            "60",
            "s",
            "1x",
            "1s?",
            "1..2s",
            "999999999999999999999d",
            "soon",
            "1s 2m",
        ] {
            check(odd, None);
        }
    }
}
