//! The retry budget: what keeps a bad minute from becoming a storm.
//!
//! Why a budget and not only a limit a request? When everything fails, a limit of one retry a
//! request doubles the load on a provider that is already down. A budget lets retries be a small
//! share of what is asked for the first time, however many requests fail.

use std::{collections::VecDeque, time::Duration};

use llm_core::Timestamp;

/// Retries may be this share of first attempts.
const RATIO: f64 = 0.2;
/// First attempts and retries are remembered this long.
const WINDOW: Duration = Duration::from_secs(60);
/// Retries allowed at once whatever the traffic.
const BURST: f64 = 10.0;
/// Retries allowed a minute whatever the traffic, the burst included.
const FLOOR_PER_MINUTE: f64 = 60.0;

/// Retries left for one credential.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    seconds: VecDeque<Second>,
    floor: f64,
    refilled: Timestamp,
}

#[derive(Debug)]
struct Second {
    start: Timestamp,
    first_attempts: u32,
    spent: u32,
}

impl RetryBudget {
    /// A full budget.
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self { seconds: VecDeque::new(), floor: BURST, refilled: now }
    }

    /// Counts a first attempt, which earns a share of a retry.
    pub(crate) fn earn(&mut self, now: Timestamp) {
        self.count(1, 0, now);
    }

    /// Takes `cost` tokens if there are as many; nothing otherwise.
    pub(crate) fn spend(&mut self, cost: u32, now: Timestamp) -> bool {
        self.refill(now);
        self.expire(now);
        let earned: u32 = self.seconds.iter().map(|second| second.first_attempts).sum();
        let spent: u32 = self.seconds.iter().map(|second| second.spent).sum();
        if RATIO * f64::from(earned) - f64::from(spent) >= f64::from(cost) {
            self.count(0, cost, now);
            return true;
        }
        let enough = self.floor >= f64::from(cost);
        if enough {
            self.floor -= f64::from(cost);
        }
        enough
    }

    fn refill(&mut self, now: Timestamp) {
        let rate = (FLOOR_PER_MINUTE - BURST) / WINDOW.as_secs_f64();
        let gained = now.since(self.refilled).as_secs_f64() * rate;
        self.floor = (self.floor + gained).min(BURST);
        self.refilled = now;
    }

    /// Forgets everything older than the window.
    fn expire(&mut self, now: Timestamp) {
        while self.seconds.front().is_some_and(|second| now.since(second.start) >= WINDOW) {
            self.seconds.pop_front();
        }
    }

    /// Adds to the entry of the current second.
    fn count(&mut self, first_attempts: u32, spent: u32, now: Timestamp) {
        self.expire(now);
        match self.seconds.back_mut() {
            Some(last) if now.since(last.start) < Duration::from_secs(1) => {
                last.first_attempts += first_attempts;
                last.spent += spent;
            }
            _ => self.seconds.push_back(Second { start: now, first_attempts, spent }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_unix(Duration::from_millis(millis))
    }

    #[test]
    fn a_burst_is_allowed_whatever_the_traffic() {
        let mut budget = RetryBudget::new(at(0));
        let allowed = (0..100).filter(|_| budget.spend(1, at(0))).count();
        assert_eq!(allowed, 10);
        assert!(!budget.spend(1, at(1_000)));
        assert!(budget.spend(1, at(2_400)), "the floor refills");
    }

    #[test]
    fn what_was_never_sent_costs_nothing() {
        let mut budget = RetryBudget::new(at(0));
        while budget.spend(2, at(0)) {}
        assert!(budget.spend(0, at(0)));
    }

    #[test]
    fn traffic_earns_a_fifth_for_a_minute() {
        let mut budget = RetryBudget::new(at(0));
        while budget.spend(1, at(0)) {}
        for _ in 0..100 {
            budget.earn(at(0));
        }
        assert_eq!((0..100).filter(|_| budget.spend(1, at(0))).count(), 20);
        for _ in 0..100 {
            budget.earn(at(0));
        }
        assert_eq!((0..100).filter(|_| budget.spend(1, at(61_000))).count(), 10, "only the floor");
    }

    /// Gaps in milliseconds, most of them so short that little is refilled.
    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![9 => 0_u64..100, 1 => 0_u64..3_000]
    }

    proptest! {
        #[test]
        fn f05_it_is_full_again_after_a_minute(steps in prop::collection::vec((0_u64..3_000, 0_u32..4), 0..200)) {
            let mut budget = RetryBudget::new(at(0));
            let mut now = 0;
            for (gap, cost) in steps {
                now += gap;
                if cost == 3 {
                    budget.earn(at(now));
                } else {
                    budget.spend(cost, at(now));
                }
            }
            let allowed = (0..100).filter(|_| budget.spend(1, at(now + 60_000))).count();
            prop_assert_eq!(allowed, 10);
        }

        /// F08 in spirit: whatever the order, no more is spent than was earned and the floor gave.
        #[test]
        fn f08_it_is_never_overdrawn(steps in prop::collection::vec((gap(), 0_u32..4), 1..300)) {
            let mut budget = RetryBudget::new(at(0));
            let (mut now, mut earned, mut spent) = (0, 0.0, 0.0);
            for (gap, cost) in steps {
                now += gap;
                if cost == 3 {
                    budget.earn(at(now));
                    earned += RATIO;
                } else if budget.spend(cost, at(now)) {
                    spent += f64::from(cost);
                }
                prop_assert!(budget.floor >= 0.0);
                let floor = BURST + 50.0 / 60_000.0 * f64::from(u32::try_from(now).unwrap());
                prop_assert!(spent <= earned + floor + 1e-6, "{} of {}", spent, earned + floor);
            }
        }
    }
}
