//! What is known of a key: its retry budget, and whether it is any good at the moment.

use std::{sync::Mutex, time::Duration};

use llm_core::Timestamp;

use super::{budget::RetryBudget, locked, policy::HealthClass};

/// The rest of a key whose credit or quota is used up, where the provider gives no hint.
const QUOTA_REST: Duration = Duration::from_secs(600);
/// The first rest of a key that was rejected twice in a row; doubles with each further rest.
const REJECTED_REST: Duration = Duration::from_secs(60);
/// The longest rest of a rejected key.
const REJECTED_REST_CAP: Duration = Duration::from_secs(600);
/// The longest rest a provider's hint can ask for.
const HINT_CAP: Duration = Duration::from_secs(600);

/// One key, shared by the models it opens.
#[derive(Debug)]
pub(crate) struct Credential(Mutex<State>);

#[derive(Debug)]
struct State {
    budget: RetryBudget,
    /// Its credit or quota is used up until then: free models go on.
    used_up_until: Timestamp,
    /// It is rejected until then, whatever a model costs.
    rejected_until: Timestamp,
    rejections: u32,
    rests: u32,
}

impl Credential {
    pub(crate) const fn new(now: Timestamp) -> Self {
        let budget = RetryBudget::new(now);
        let (used_up_until, rejected_until) = (now, now);
        Self(Mutex::new(State { budget, used_up_until, rejected_until, rejections: 0, rests: 0 }))
    }

    /// How long the key still rests; zero when it may be used. A `free` model needs no credit.
    pub(crate) fn resting(&self, free: bool, now: Timestamp) -> Duration {
        let state = locked(&self.0);
        let rejected = state.rejected_until.since(now);
        if free { rejected } else { rejected.max(state.used_up_until.since(now)) }
    }

    /// Counts a first attempt towards the retry budget.
    pub(crate) fn earn_retries(&self, now: Timestamp) {
        locked(&self.0).budget.earn(now);
    }

    /// Takes `cost` from the retry budget, if it is there.
    pub(crate) fn spend_retry(&self, cost: u32, now: Timestamp) -> bool {
        locked(&self.0).budget.spend(cost, now)
    }

    /// Takes in that the key worked. For a `free` model it does so without credit.
    pub(crate) fn accepted(&self, free: bool, now: Timestamp) {
        let mut state = locked(&self.0);
        state.rejections = 0;
        state.rests = 0;
        state.rejected_until = now;
        if !free {
            state.used_up_until = now;
        }
    }

    /// Takes in a failure that may be the key's.
    pub(crate) fn failed(&self, class: HealthClass, hint: Option<Duration>, now: Timestamp) {
        let mut state = locked(&self.0);
        match class {
            HealthClass::QuotaExhausted => {
                let rest = hint.map_or(QUOTA_REST, |hint| hint.min(HINT_CAP));
                state.used_up_until = state.used_up_until.max(now.plus(rest));
            }
            HealthClass::CredentialRejected => {
                state.rejections += 1;
                if state.rejections < 2 {
                    return;
                }
                let rest = REJECTED_REST.saturating_mul(1 << state.rests.min(8));
                state.rests += 1;
                let until = now.plus(rest.min(REJECTED_REST_CAP));
                state.rejected_until = state.rejected_until.max(until);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;

    const CALLERS: usize = 200;

    /// How many of so many threads at once get `cost` tokens.
    fn winners(credential: &Credential, cost: u32, now: Timestamp) -> usize {
        let start = Barrier::new(CALLERS);
        thread::scope(|scope| {
            let spend = || {
                start.wait();
                credential.spend_retry(cost, now)
            };
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(spend)).collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).filter(|won| *won).count()
        })
    }

    #[test]
    fn f08_two_hundred_at_once_never_overdraw_the_budget() {
        let now = Timestamp::default();
        let credential = Credential::new(now);
        assert_eq!(winners(&credential, 1, now), 10, "the burst");
        assert_eq!(winners(&credential, 1, now), 0, "it is empty");
        assert_eq!(winners(&credential, 2, now), 0);
        for _ in 0..100 {
            credential.earn_retries(now);
        }
        assert_eq!(winners(&credential, 2, now), 10, "a fifth of a hundred, two each");
        assert_eq!(winners(&credential, 1, now), 0);
        assert_eq!(winners(&credential, 0, now), CALLERS, "what was never sent costs nothing");
    }
}
