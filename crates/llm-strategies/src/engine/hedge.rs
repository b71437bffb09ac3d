//! When a second model is asked because the first is slow to begin: how slow is slow, and how
//! often that may be paid for.
//!
//! Most of a hedge's gain is in the slowest calls, and so is most of its price when it comes too
//! early: it waits for what only one call in twenty exceeds, and stays a small share of requests
//! even when every call is slow.

use std::{collections::VecDeque, time::Duration};

/// Times to the first token remembered of each model.
const REMEMBERED: usize = 200;
/// Times needed before one of them is called slow.
const NEEDED: usize = 100;
/// The share of calls that begin in time.
const IN_TIME: usize = 95;
/// However fast a model usually is, this long is worth waiting.
const PATIENCE: Duration = Duration::from_secs(2);
/// Hedges may be this share of requests.
const SHARE: f64 = 0.05;
/// Hedges saved up at most.
const SAVED: f64 = 5.0;

/// How long a model took to begin its answers.
#[derive(Debug, Default)]
pub(crate) struct FirstTokens(VecDeque<Duration>);

impl FirstTokens {
    /// Takes in how long the first token took.
    pub(crate) fn remember(&mut self, time: Duration) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(time);
    }

    /// After how long a call is slow to begin; `None` while too little is known.
    pub(crate) fn slow(&self) -> Option<Duration> {
        if self.0.len() < NEEDED {
            return None;
        }
        let mut sorted: Vec<_> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        // The nearest rank, rounded up.
        let rank = (sorted.len() * IN_TIME).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).map(|slow| PATIENCE.max(*slow))
    }
}

/// Pays for hedges.
#[derive(Debug, Default)]
pub(crate) struct HedgeBudget(f64);

impl HedgeBudget {
    /// Counts a request, which earns a share of a hedge.
    pub(crate) fn earn(&mut self) {
        self.0 = (self.0 + SHARE).min(SAVED);
    }

    /// Takes one hedge, if it is there and `also` can be paid.
    pub(crate) fn spend(&mut self, also: impl FnOnce() -> bool) -> bool {
        let enough = self.0 >= 1.0 && also();
        if enough {
            self.0 -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(times: impl IntoIterator<Item = u64>) -> Option<Duration> {
        let mut known = FirstTokens::default();
        times.into_iter().map(Duration::from_millis).for_each(|time| known.remember(time));
        known.slow()
    }

    #[test]
    fn slow_is_what_one_call_in_twenty_exceeds() {
        assert_eq!(after((1..=99).map(|time| time * 100)), None);
        assert_eq!(after((1..=100).map(|time| time * 100)), Some(Duration::from_millis(9_500)));
        assert_eq!(after((1..=200).rev().map(|time| time * 100)), Some(Duration::from_secs(19)));
    }

    #[test]
    fn two_seconds_are_always_worth_waiting() {
        assert_eq!(after([10; 150]), Some(Duration::from_secs(2)));
    }

    #[test]
    fn old_times_are_forgotten() {
        let slow_then_fast = [60_000; 200].into_iter().chain([3_000; 200]);
        assert_eq!(after(slow_then_fast), Some(Duration::from_secs(3)));
    }

    proptest! {
        #[test]
        fn hedges_stay_a_small_share(wanted in prop::collection::vec(any::<bool>(), 1..2_000)) {
            let (mut budget, mut requests, mut hedges) = (HedgeBudget::default(), 0.0, 0.0);
            for wants in wanted {
                budget.earn();
                requests += 1.0;
                hedges += f64::from(u8::from(wants && budget.spend(|| true)));
                prop_assert!(hedges <= SHARE * requests + 1e-9);
            }
        }
    }
}
