//! Sums of tokens and money: what is unknown stays unknown, what does not fit does not wrap.

use llm_core::{Cost, CostSource, Usage};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::strategies;

fn cost(cents: i64, source: CostSource) -> Cost {
    Cost { usd: Decimal::new(cents, 2), source }
}

fn usage(tokens: u64, cost: Option<Cost>) -> Usage {
    let mut usage = Usage::of(tokens, tokens);
    usage.cost = cost;
    usage
}

#[test]
fn sums_are_made_figure_by_figure() {
    let reported = |cents| Some(cost(cents, CostSource::Reported));
    let sum = usage(3, reported(150)).and(&usage(4, reported(25)));
    assert_eq!(sum, usage(7, reported(175)));
}

#[test]
fn an_unknown_figure_makes_its_sum_unknown_and_no_other() {
    let mut partly = Usage::default();
    partly.input_tokens = Some(1);
    partly.reasoning_tokens = Some(2);
    let sum = Usage::of(3, 4).and(&partly);
    assert_eq!(sum.input_tokens, Some(4));
    assert_eq!(sum.output_tokens, None);
    assert_eq!(sum.total_tokens, None);
    assert_eq!(sum.reasoning_tokens, None);
    assert_eq!(sum.cost, None);
}

#[test]
fn a_sum_is_computed_as_soon_as_one_side_is() {
    let reported = cost(100, CostSource::Reported);
    let computed = cost(50, CostSource::Computed);
    assert_eq!(reported.checked_add(reported), Some(cost(200, CostSource::Reported)));
    assert_eq!(reported.checked_add(computed), Some(cost(150, CostSource::Computed)));
}

#[test]
fn what_does_not_fit_is_unknown() {
    let most = Cost { usd: Decimal::MAX, source: CostSource::Reported };
    assert_eq!(most.checked_add(most), None);
    let sum = usage(u64::MAX, Some(most)).and(&usage(1, Some(most)));
    assert_eq!((sum.input_tokens, sum.total_tokens, sum.cost), (None, None, None));
    assert_eq!(Usage::of(u64::MAX, 1).total_tokens, Some(u64::MAX));
}

#[test]
fn money_is_exact() {
    let tenth = Cost { usd: Decimal::new(1, 1), source: CostSource::Computed };
    let sum = tenth.checked_add(tenth).and_then(|sum| sum.checked_add(tenth)).unwrap();
    assert_eq!(sum.usd.to_string(), "0.3");
}

proptest! {
    #[test]
    fn the_order_of_a_sum_does_not_matter(
        a in strategies::usage(),
        b in strategies::usage(),
        c in strategies::usage(),
    ) {
        prop_assert_eq!(a.and(&b), b.and(&a));
        prop_assert_eq!(a.and(&b).and(&c), a.and(&b.and(&c)));
    }
}
