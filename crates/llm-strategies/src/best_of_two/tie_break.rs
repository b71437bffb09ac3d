//! Who wins when nobody can tell which answer is better.

use std::cmp::Ordering;

use llm_core::{Candidate, Usage};
use rust_decimal::Decimal;

/// Odds closer than this are equal: they are estimates.
const ODDS_EQUAL_WITHIN: f64 = 0.02;
/// Tokens of a typical prompt and answer, to compare prices by.
const TYPICAL: (u64, u64) = (1_000, 200);

/// The candidate to prefer, as a position in `pair`, and why. Never by chance.
pub(super) fn tie_break(pair: &[Candidate; 2]) -> (usize, &'static str) {
    let [first, second] = pair;
    let reasons = [
        (odds(first, second), "it has the better odds"),
        (known(cost(first), cost(second)), "it is cheaper"),
        (known(latency(first), latency(second)), "it is faster"),
    ];
    for (order, reason) in reasons {
        match order {
            Ordering::Less => return (0, reason),
            Ordering::Greater => return (1, reason),
            Ordering::Equal => {}
        }
    }
    (0, "it is configured first")
}

/// Less where the first is better.
fn odds(first: &Candidate, second: &Candidate) -> Ordering {
    if (first.odds - second.odds).abs() <= ODDS_EQUAL_WITHIN {
        return Ordering::Equal;
    }
    second.odds.total_cmp(&first.odds)
}

/// What is not known of both decides nothing.
fn known<T: Ord>(first: Option<T>, second: Option<T>) -> Ordering {
    first.zip(second).map_or(Ordering::Equal, |(first, second)| first.cmp(&second))
}

fn cost(candidate: &Candidate) -> Option<Decimal> {
    let (input, output) = TYPICAL;
    Some(candidate.price?.cost(&Usage::of(input, output))?.usd)
}

fn latency(candidate: &Candidate) -> Option<std::time::Duration> {
    Some(candidate.forecast?.latency)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use llm_core::{Forecast, ModelRef, Price};

    use super::*;

    fn candidate(odds: f64, price: Option<i64>, latency: Option<u64>) -> Candidate {
        let mut candidate = Candidate::new(ModelRef::new("mock", "acme/any"), None);
        candidate.odds = odds;
        candidate.price =
            price.map(|micro| Price::per_token(Decimal::new(micro, 6), Decimal::new(micro, 6)));
        candidate.forecast =
            latency.map(|seconds| Forecast { latency: Duration::from_secs(seconds), score: 0.0 });
        candidate
    }

    #[track_caller]
    fn check(first: Candidate, second: Candidate, expected: (usize, &str)) {
        assert_eq!(tie_break(&[first, second]), expected);
    }

    #[test]
    fn odds_come_before_price_before_speed_before_order() {
        let reliable = candidate(0.99, Some(9), Some(9));
        let cheap = candidate(0.90, Some(1), Some(9));
        let fast = candidate(0.90, Some(9), Some(1));
        check(cheap.clone(), reliable, (1, "it has the better odds"));
        check(fast.clone(), cheap, (1, "it is cheaper"));
        check(candidate(0.90, Some(9), Some(9)), fast.clone(), (1, "it is faster"));
        check(fast.clone(), fast, (0, "it is configured first"));
    }

    #[test]
    fn nearly_equal_odds_are_equal() {
        check(
            candidate(0.95, None, None),
            candidate(0.96, None, None),
            (0, "it is configured first"),
        );
    }

    #[test]
    fn what_is_unknown_decides_nothing() {
        let unknown = candidate(0.95, None, None);
        check(unknown.clone(), candidate(0.95, Some(1), Some(1)), (0, "it is configured first"));
        check(
            candidate(0.95, None, Some(2)),
            candidate(0.95, Some(1), Some(1)),
            (1, "it is faster"),
        );
        check(unknown.clone(), unknown, (0, "it is configured first"));
    }
}
