//! The hearing of a judge: which orders are asked, what the preferences add up to.

use llm_core::{Preference, Verdict};
use llm_strategies::{Hearing, Order, parse_verdict, second_opinion};
use proptest::prelude::*;

/// What a judge says of the answers as they are shown.
type Said = Option<Preference>;

/// The verdict on a judge that says `given` and `swapped` in the two orders, and the calls.
fn heard(mut hearing: Hearing, given: Said, swapped: Said) -> (Verdict, usize) {
    let mut n_orders = 0;
    while let Some(order) = hearing.next_order() {
        n_orders += 1;
        hearing.hear(match order {
            Order::Given => given,
            Order::Swapped => swapped,
        });
    }
    (hearing.verdict(), n_orders)
}

fn mirrored(verdict: &Verdict) -> Verdict {
    let preferences = verdict.preferences.iter().map(|said| said.map(Preference::swapped));
    Verdict { score: -verdict.score, preferences: preferences.collect() }
}

fn any_preference() -> impl Strategy<Value = Preference> {
    prop::sample::select(vec![
        Preference::SecondMuchBetter,
        Preference::SecondBetter,
        Preference::Tie,
        Preference::FirstBetter,
        Preference::FirstMuchBetter,
    ])
}

fn any_said() -> impl Strategy<Value = Said> {
    prop::option::weighted(0.8, any_preference())
}

fn any_order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::Given, Order::Swapped])
}

fn any_hearing() -> impl Strategy<Value = (Order, bool)> {
    (any_order(), any::<bool>())
}

fn hearing((first, is_thorough): (Order, bool)) -> Hearing {
    let hearing = Hearing::new(first);
    if is_thorough { hearing.in_both_orders() } else { hearing }
}

fn verdict(score: i8) -> Verdict {
    Verdict { score, preferences: vec![None] }
}

proptest! {
    /// The judge is shown the same texts in the same places; only what is called first changes.
    #[test]
    fn swapping_the_answers_and_the_orders_mirrors_the_verdict(
        how in any_hearing(), given in any_said(), swapped in any_said()
    ) {
        let (as_is, n_orders) = heard(hearing(how), given, swapped);
        let other_way = (how.0.other(), how.1);
        let (mirror, n_orders_of_mirror) = heard(hearing(other_way), swapped, given);
        prop_assert_eq!(mirror, mirrored(&as_is));
        prop_assert_eq!(n_orders, n_orders_of_mirror);
    }

    #[test]
    fn a_judge_of_one_place_gives_neither_answer_more_than_its_chance(said in any_preference()) {
        let [one, other] = [Order::Given, Order::Swapped]
            .map(|first| heard(Hearing::new(first), Some(said), Some(said)).0.score);
        prop_assert_eq!(one + other, 0, "what one order gives the other takes");
        for first in [Order::Given, Order::Swapped] {
            let thorough = Hearing::new(first).in_both_orders();
            prop_assert_eq!(heard(thorough, Some(said), Some(said)).0.score, 0);
        }
    }

    #[test]
    fn only_a_clear_preference_decides_in_one_order(
        first in any_order(), given in any_said(), swapped in any_said()
    ) {
        let (verdict, n_orders) = heard(Hearing::new(first), given, swapped);
        prop_assert_eq!(verdict.preferences.len(), n_orders);
        let is_clear = matches!(verdict.preferences[0], Some(said) if said.grade().abs() == 2);
        let is_words = verdict.preferences[0].is_none();
        prop_assert_eq!(n_orders, if is_clear || is_words { 1 } else { 2 });
        if !is_clear && verdict.preferences.contains(&None) {
            prop_assert_eq!(verdict.score, 0);
        }
    }

    #[test]
    fn in_both_orders_the_first_order_does_not_matter(given in any_said(), swapped in any_said()) {
        let [one, other] = [Order::Given, Order::Swapped]
            .map(|first| heard(Hearing::new(first).in_both_orders(), given, swapped).0.score);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn what_is_said_after_the_verdict_changes_nothing(
        how in any_hearing(), given in any_said(), swapped in any_said(), late in any_said()
    ) {
        let (expected, _) = heard(hearing(how), given, swapped);
        let mut hearing = hearing(how);
        while let Some(order) = hearing.next_order() {
            hearing.hear(if order == Order::Given { given } else { swapped });
        }
        hearing.hear(late);
        prop_assert_eq!(hearing.verdict(), expected);
    }

    #[test]
    fn a_second_opinion_never_overrules(first in -4_i8..=4, second in -4_i8..=4) {
        let mut is_asked = false;
        let ask = || { is_asked = true; verdict(second) };
        let joined = second_opinion(verdict(first), ask);
        prop_assert_eq!(joined.score, if first == 0 { second } else { first });
        prop_assert_eq!(is_asked, first == 0, "nobody is asked for nothing");
        prop_assert_eq!(joined.preferences.len(), if first == 0 { 2 } else { 1 });
    }
}

#[test]
fn before_the_second_order_nothing_is_decided() {
    let mut hearing = Hearing::new(Order::Given).in_both_orders();
    hearing.hear(parse_verdict("[[A>>B]]"));
    assert_eq!(hearing.next_order(), Some(Order::Swapped));
    assert_eq!(hearing.clone().verdict().score, 0);
    hearing.hear(parse_verdict("[[A>B]]"));
    assert_eq!((hearing.next_order(), hearing.verdict().score), (None, 1));
}
