//! Capabilities and prices: unknown is neither no nor free.

use llm_core::{Capabilities, CostSource, ModelInfo, Price, Usage};
use rust_decimal::Decimal;

/// Dollars for a million tokens, as a price of one.
fn per_million(dollars: i64) -> Decimal {
    Decimal::new(dollars, 6)
}

/// Every capability known: `yes`, and as many tokens.
fn all(yes: bool, tokens: u64) -> Capabilities {
    let mut all = Capabilities::default();
    all.context_window = Some(tokens);
    all.max_output_tokens = Some(tokens);
    all.tools = Some(yes);
    all.images = Some(yes);
    all.json_object = Some(yes);
    all.json_schema = Some(yes);
    all.streaming = Some(yes);
    all.reasoning = Some(yes);
    all.stop = Some(yes);
    all
}

#[test]
fn known_capabilities_win_and_gaps_are_filled() {
    let unknown = Capabilities::default();
    for (one, other) in [(all(false, 1), all(true, 2)), (all(true, 2), all(false, 1))] {
        assert_eq!(one.or(&other), one);
        assert_eq!(unknown.or(&other), other);
        assert_eq!(one.or(&unknown), one);
    }
    let mut partly = unknown;
    partly.tools = Some(false);
    let mut expected = all(true, 2);
    expected.tools = Some(false);
    assert_eq!(partly.or(&all(true, 2)), expected);
}

#[test]
fn a_price_times_tokens_is_a_computed_cost() {
    let price = Price::per_token(per_million(3), per_million(15));
    let cost = price.cost(&Usage::of(1_000, 200)).unwrap();
    assert_eq!(
        (cost.usd.normalize().to_string(), cost.source),
        ("0.006".to_owned(), CostSource::Computed)
    );

    let mut with_fee = price;
    with_fee.request = Some(Decimal::new(1, 2));
    assert_eq!(with_fee.cost(&Usage::of(1_000, 200)).unwrap().usd.normalize().to_string(), "0.016");
}

#[test]
fn an_unknown_price_or_count_is_an_unknown_cost() {
    let usage = Usage::of(1_000, 200);
    let price = Price::per_token(per_million(3), per_million(15));
    assert_eq!(Price::default().cost(&usage), None);
    let mut half = price;
    half.output = None;
    assert_eq!(half.cost(&usage), None);
    let mut uncounted = usage;
    uncounted.output_tokens = None;
    assert_eq!(price.cost(&uncounted), None);
    assert_eq!(price.cost(&Usage::default()), None);
}

#[test]
fn a_cost_that_does_not_fit_is_unknown() {
    let price = Price::per_token(Decimal::MAX, Decimal::ONE);
    assert_eq!(price.cost(&Usage::of(2, 2)), None);
}

#[test]
fn free_is_known_to_be_free() {
    let free = Price::per_token(Decimal::ZERO, Decimal::ZERO);
    assert!(free.is_free());
    assert_eq!(free.cost(&Usage::of(9, 9)).unwrap().usd, Decimal::ZERO);
    assert!(!Price::default().is_free());
    assert!(!Price::per_token(Decimal::ZERO, per_million(1)).is_free());
    let mut with_fee = free;
    with_fee.request = Some(Decimal::ONE);
    assert!(!with_fee.is_free());
}

#[test]
fn of_a_new_model_only_the_id_is_known() {
    let model = ModelInfo::new("acme/swift-8b");
    assert_eq!(model.id, "acme/swift-8b");
    assert_eq!(model.capabilities, Capabilities::default());
    assert!(model.name.is_none() && model.price.is_none() && model.expires.is_none());
}
