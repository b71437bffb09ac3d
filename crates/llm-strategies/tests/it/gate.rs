//! The gate: which judges are worth asking.

use llm_core::Verdict;
use llm_strategies::{Better, GateDecision, GoldResults, JudgeGate};
use proptest::prelude::*;

/// The results of a judge that was so often right, wrong and undecided.
fn results(n_right: u32, n_wrong: u32, n_undecided: u32) -> GoldResults {
    let mut gold = GoldResults::default();
    let verdict = |score| Verdict { score, preferences: Vec::new() };
    for _ in 0..n_right {
        gold.record(&verdict(1), Better::First);
    }
    for _ in 0..n_wrong {
        gold.record(&verdict(1), Better::Second);
    }
    for _ in 0..n_undecided {
        gold.record(&verdict(0), Better::Second);
    }
    gold
}

#[track_caller]
fn check((n_right, n_wrong, n_undecided): (u32, u32, u32), expected: GateDecision) {
    let gold = results(n_right, n_wrong, n_undecided);
    assert_eq!(JudgeGate::default().decide(&gold), expected, "{gold:?}");
}

#[test]
fn right_wrong_and_undecided_are_counted_from_either_side() {
    let verdict = |score| Verdict { score, preferences: Vec::new() };
    let mut gold = GoldResults::default();
    for (score, better) in [
        (4, Better::First),
        (-1, Better::Second),
        (1, Better::Second),
        (-2, Better::First),
        (-3, Better::First),
        (0, Better::First),
    ] {
        gold.record(&verdict(score), better);
    }
    assert_eq!((gold.n_right(), gold.n_wrong(), gold.n_undecided()), (2, 3, 1));
    assert_eq!((gold.n_pairs(), gold.accuracy()), (6, Some(2.5 / 6.0)));
}

#[test]
fn without_a_pair_nothing_is_known() {
    let gold = GoldResults::default();
    assert_eq!((gold.accuracy(), gold.lower_bound()), (None, None));
    check((0, 0, 0), GateDecision::TooFewPairs);
}

#[test]
fn the_gate_opens_at_31_pairs_and_the_break_even() {
    check((30, 0, 0), GateDecision::TooFewPairs);
    check((31, 0, 0), GateDecision::Trusted);
    check((20, 11, 0), GateDecision::Trusted);
    check((19, 11, 1), GateDecision::BelowBreakEven);
    check((19, 12, 0), GateDecision::NoBetterThanChance);
    check((500, 500, 0), GateDecision::NoBetterThanChance);
    check((0, 0, 1_000), GateDecision::NoBetterThanChance);
    check((0, 31, 0), GateDecision::NoBetterThanChance);

    let strict = JudgeGate::default().with_break_even(0.8);
    assert_eq!(strict.decide(&results(24, 7, 0)), GateDecision::BelowBreakEven);
    assert!(strict.decide(&results(25, 6, 0)).is_trusted());
    let lenient = JudgeGate::default().with_break_even(0.0);
    assert_eq!(lenient.decide(&results(19, 12, 0)), GateDecision::NoBetterThanChance);
    let unknown = JudgeGate::default().with_break_even(f64::NAN);
    assert!(!unknown.decide(&results(31, 0, 0)).is_trusted());
}

/// Against figures worked out apart from this code (the one-sided Wilson limit, z = 1.2816).
#[test]
fn the_lower_bound_is_wilsons() {
    for ((n_right, n_wrong), expected) in
        [((19, 12), 0.497_813), ((20, 11), 0.530_281), ((21, 10), 0.563_253)]
    {
        let bound = results(n_right, n_wrong, 0).lower_bound().unwrap();
        assert!((bound - expected).abs() < 1e-5, "{bound} instead of {expected}");
    }
}

proptest! {
    #[test]
    fn more_right_answers_never_close_the_gate(
        right in 0_u32..200, wrong in 1_u32..200, undecided in 0_u32..50, break_even in 0.0..1.0_f64
    ) {
        let gate = JudgeGate::default().with_break_even(break_even);
        let before = results(right, wrong, undecided);
        for after in [
            results(right + 1, wrong - 1, undecided),
            results(right, wrong - 1, undecided + 1),
            results(right + 1, wrong, undecided),
        ] {
            prop_assert!(after.lower_bound() >= before.lower_bound(), "{:?} {:?}", before, after);
            prop_assert!(!gate.decide(&before).is_trusted() || gate.decide(&after).is_trusted());
        }
    }

    #[test]
    fn the_bound_is_below_the_accuracy_and_within_0_and_1(
        right in 0_u32..500, wrong in 0_u32..500, undecided in 0_u32..500
    ) {
        let gold = results(right, wrong, undecided);
        if let (Some(accuracy), Some(bound)) = (gold.accuracy(), gold.lower_bound()) {
            prop_assert!((-1e-12..=1.0).contains(&bound) && bound <= accuracy, "{} {}", bound, accuracy);
        } else {
            prop_assert_eq!(gold.n_pairs(), 0);
        }
    }
}
