//! What to do after an attempt failed: a pure function of the situation.

use std::time::Duration;

use llm_core::{Execution, Retry};

use super::{
    backoff,
    policy::{Again, HealthClass, Onward, Policy},
};

/// Tries of a model it already failed in one request, over all models.
pub(crate) const RETRIES_IN_REQUEST: u32 = 4;

/// Everything the decision depends on.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub(crate) struct Situation {
    /// The fault table's row.
    pub(crate) policy: Policy,
    /// How far the provider got.
    pub(crate) execution: Execution,
    /// What the provider says about trying again.
    pub(crate) hint: Option<Retry>,
    /// Attempts on this model so far, the failed one included.
    pub(crate) attempts: u32,
    /// Retries in this request so far, on any model.
    pub(crate) retries: u32,
    /// Whether an attempt that the provider may have charged was already retried.
    pub(crate) paid_retry: bool,
    /// Extra tries on the same model that the configuration allows.
    pub(crate) allowed: u32,
    /// Whether another candidate can serve.
    pub(crate) others: bool,
    /// Whether the configuration wants the same model asked before the next one, although both
    /// may charge.
    pub(crate) insists: bool,
    /// Whether the attempt was the one call a resting model gets.
    pub(crate) probe: bool,
    /// Whether content has reached the caller.
    pub(crate) committed: bool,
    /// Whether refusals by policy fall back.
    pub(crate) fallback_on_refusal: bool,
    /// The longest pause that is waited out although another candidate can serve.
    pub(crate) wait_inline: Duration,
    /// How long the model rests for everybody else.
    pub(crate) rest: Duration,
    /// What is left until the deadline.
    pub(crate) remaining: Duration,
    /// A random number from 0 to 1.
    pub(crate) random: f64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Try the same model after a pause, for this much of the retry budget.
    Again { pause: Duration, cost: u32 },
    /// Wait until the model has rested, then be its probe, if nobody else waits.
    Wait { pause: Duration, cost: u32 },
    /// Go on to the next candidate.
    Next,
    /// Give up.
    End,
}

/// Decides what to do after an attempt failed.
pub(crate) fn decide(situation: &Situation) -> Step {
    if situation.committed {
        return Step::End;
    }
    let onward = match situation.policy.onward {
        Onward::End => Step::End,
        Onward::IfRefusalsFallBack if !situation.fallback_on_refusal => Step::End,
        _ => Step::Next,
    };
    if situation.probe
        || situation.attempts > tries_allowed(situation)
        || situation.retries >= RETRIES_IN_REQUEST
    {
        return onward;
    }
    let cost = cost(situation);
    let throttled = situation.policy.health == HealthClass::Throttled;
    let step = match situation.hint {
        // Somebody else may have been asked for a longer pause.
        Some(Retry::After(pause)) => Step::Wait { pause: pause.max(situation.rest), cost },
        _ if throttled => Step::Wait { pause: situation.rest, cost },
        _ => {
            let base = situation.policy.pause;
            let pause = backoff::pause(base, situation.attempts, situation.random);
            Step::Again { pause, cost }
        }
    };
    match step {
        Step::Again { pause, .. } | Step::Wait { pause, .. } if pause >= situation.remaining => {
            onward
        }
        // Without a hint a throttled model is left alone while another can serve.
        Step::Wait { pause, .. } if situation.others => {
            let hinted = matches!(situation.hint, Some(Retry::After(_)));
            if hinted && pause <= situation.wait_inline { step } else { onward }
        }
        step => step,
    }
}

/// Tries beyond the first that the fault table and the configuration allow.
pub(crate) fn retries_of(again: Again, allowed: u32) -> u32 {
    match again {
        Again::No => 0,
        Again::Alone => allowed.min(1),
        Again::Times(times) => allowed.min(times),
    }
}

/// Attempts on this model that may be followed by another one.
fn tries_allowed(situation: &Situation) -> u32 {
    let by_table = match situation.policy.again {
        Again::Alone if situation.others => 0,
        again => retries_of(again, situation.allowed),
    };
    let by_provider = match situation.hint {
        Some(Retry::Never) => 0,
        // The provider says outright that the same may go well now; a key or a window stays what
        // it is.
        Some(Retry::Now)
            if !matches!(
                situation.policy.onward,
                Onward::OtherCredential | Onward::LargerWindow
            ) =>
        {
            by_table.max(1)
        }
        // Waiting brings back neither credit nor a model that is not served.
        Some(Retry::After(_)) if situation.policy.can_heal() => by_table.max(1),
        _ => by_table,
    };
    let executed = situation.execution == Execution::Executed;
    let charged = situation.execution >= Execution::Maybe;
    if (executed && situation.others && !situation.insists) || (charged && situation.paid_retry) {
        return 0;
    }
    by_provider.min(situation.allowed)
}

/// What a retry takes from the budget: most where money may be lost, nothing where nothing was
/// sent.
fn cost(situation: &Situation) -> u32 {
    match situation.execution {
        Execution::NotSent => 0,
        Execution::Rejected => 1,
        Execution::Maybe | Execution::Executed => 2,
    }
}

#[cfg(test)]
mod tests {
    use llm_core::ErrorKind;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::fault_table::FaultTable;

    fn situation() -> impl Strategy<Value = Situation> {
        let kind = prop::sample::select(ErrorKind::ALL.to_vec());
        let hint = prop_oneof![
            Just(None),
            Just(Some(Retry::Never)),
            Just(Some(Retry::Now)),
            (0_u64..400).prop_map(|seconds| Some(Retry::After(Duration::from_secs(seconds)))),
        ];
        let execution = prop::sample::select(vec![
            Execution::NotSent,
            Execution::Rejected,
            Execution::Maybe,
            Execution::Executed,
        ]);
        let counts = (1_u32..8, 0_u32..6, 0_u32..5);
        let flags = prop::collection::vec(any::<bool>(), 6);
        let times = (0_u64..300, 0_u64..30);
        (kind, hint, execution, counts, flags, times, 0.0..=1.0_f64).prop_map(
            |(kind, hint, execution, counts, flags, (remaining, rest), random)| Situation {
                policy: FaultTable::default().policy(kind, None).unwrap_or(Policy::END),
                execution,
                hint,
                attempts: counts.0,
                retries: counts.1,
                paid_retry: flags[0],
                allowed: counts.2,
                others: flags[1],
                insists: flags[5],
                probe: flags[2],
                committed: flags[3],
                fallback_on_refusal: flags[4],
                wait_inline: Duration::from_secs(3),
                rest: Duration::from_secs(rest),
                remaining: Duration::from_secs(remaining),
                random,
            },
        )
    }

    proptest! {
        #[test]
        fn f01_no_limit_is_ever_passed(situation in situation()) {
            let step = decide(&situation);
            if situation.committed {
                prop_assert_eq!(step, Step::End);
            }
            if let Step::Again { pause, .. } | Step::Wait { pause, .. } = step {
                prop_assert!(pause < situation.remaining, "no pause ends after the deadline");
                prop_assert!(situation.attempts <= situation.allowed);
                prop_assert!(situation.retries < RETRIES_IN_REQUEST);
                prop_assert!(!situation.probe, "a probe is not retried");
                prop_assert!(situation.hint != Some(Retry::Never));
                let executed = situation.execution == Execution::Executed;
                let moves_on = executed && situation.others && !situation.insists;
                prop_assert!(!moves_on, "another model answers first");
                let charged = situation.execution >= Execution::Maybe;
                prop_assert!(!(charged && situation.paid_retry), "once a request");
            }
            if let Step::Wait { pause, .. } = step {
                prop_assert!(pause >= situation.rest, "a rest is waited out");
                prop_assert!(!situation.others || pause <= situation.wait_inline);
            }
        }

        #[test]
        fn the_chain_is_cut_short_only_by_the_request_itself(situation in situation()) {
            let ends = matches!(situation.policy.onward, Onward::End | Onward::IfRefusalsFallBack);
            if !situation.committed && !ends {
                prop_assert_ne!(decide(&situation), Step::End);
            }
        }
    }

    #[test]
    fn costs_are_highest_where_money_may_be_lost() {
        let executions =
            [Execution::NotSent, Execution::Rejected, Execution::Maybe, Execution::Executed];
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let tree = situation().new_tree(&mut runner).unwrap();
        let situation = proptest::strategy::ValueTree::current(&tree);
        let costs = executions.map(|execution| cost(&Situation { execution, ..situation }));
        assert_eq!(costs, [0, 1, 2, 2]);
    }
}
