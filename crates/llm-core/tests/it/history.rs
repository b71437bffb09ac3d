//! What a request used and cost: every call that may be billed counts, the judge's too.

use std::time::Duration;

use llm_core::{
    Attempt, AttemptOutcome, Billed, ChatResponse, Cost, CostSource, ErrorKind, History, Judgement,
    JudgementStatus, ModelRef, Outcome, Usage,
};
use rust_decimal::Decimal;

fn call(outcome: AttemptOutcome, billed: Billed, spent: Option<(u64, i64)>) -> Attempt {
    let mut attempt = Attempt::new("openrouter".into(), "acme/swift-8b".into(), outcome);
    attempt.billed = billed;
    if let Some((tokens, cents)) = spent {
        attempt.usage = Some(Usage::of(tokens, tokens));
        let usd = Decimal::new(cents, 2);
        attempt.cost = Some(Cost { usd, source: CostSource::Reported });
    }
    attempt
}

fn answered(tokens: u64, cents: i64) -> Attempt {
    call(AttemptOutcome::Ok, Billed::Yes, Some((tokens, cents)))
}

fn failed(kind: ErrorKind, billed: Billed) -> Attempt {
    call(AttemptOutcome::Failed(kind), billed, None)
}

fn history(attempts: Vec<Attempt>, of_the_judge: Vec<Attempt>) -> History {
    let mut history = History::default();
    history.attempts = attempts;
    if !of_the_judge.is_empty() {
        let winner = ModelRef::new("openrouter", "acme/swift-8b");
        let mut judgement = Judgement::new(JudgementStatus::Decided, winner, "the judge chose it");
        judgement.attempts = of_the_judge;
        history.judgement = Some(judgement);
    }
    history
}

/// Tokens of the prompt and dollars.
fn spent(history: &History) -> (Option<u64>, Option<String>) {
    let tokens = history.usage().and_then(|usage| usage.input_tokens);
    (tokens, history.cost().map(|cost| cost.usd.to_string()))
}

#[test]
fn every_call_counts_and_the_judges_too() {
    let spent = spent(&history(vec![answered(10, 100), answered(5, 50)], vec![answered(1, 7)]));
    assert_eq!(spent, (Some(16), Some("1.57".to_owned())));
}

#[test]
fn calls_that_are_not_billed_change_nothing() {
    let refused = || failed(ErrorKind::ConnectRefused, Billed::No);
    let spent = spent(&history(vec![refused(), answered(10, 100), refused()], vec![]));
    assert_eq!(spent, (Some(10), Some("1.00".to_owned())));
}

#[test]
fn a_call_that_may_be_billed_and_says_nothing_makes_the_sum_unknown() {
    for billed in [Billed::Maybe, Billed::Yes] {
        let lost = || failed(ErrorKind::ResetAfterSend, billed);
        assert_eq!(spent(&history(vec![lost(), answered(10, 100)], vec![])), (None, None));
        assert_eq!(spent(&history(vec![answered(10, 100), lost()], vec![])), (None, None));
        assert_eq!(spent(&history(vec![answered(10, 100)], vec![lost()])), (None, None));
    }
}

#[test]
fn tokens_may_be_known_where_money_is_not() {
    let mut unpriced = answered(5, 0);
    unpriced.cost = None;
    assert_eq!(spent(&history(vec![answered(10, 100), unpriced], vec![])), (Some(15), None));
}

#[test]
fn no_call_is_no_figure() {
    assert_eq!(spent(&History::default()), (None, None));
    let refused = failed(ErrorKind::ConnectRefused, Billed::No);
    assert_eq!(spent(&history(vec![refused], vec![])), (None, None));
}

#[test]
fn an_outcome_says_who_answered_and_how_long_it_took() {
    let mut history = history(vec![answered(10, 100)], vec![]);
    history.elapsed = Duration::from_millis(1_500);
    let source = ModelRef::new("openrouter", "acme/swift-8b");
    let outcome = Outcome::new(ChatResponse::from_text("Hello"), source, history);
    assert_eq!(outcome.text(), "Hello");
    assert_eq!(
        (outcome.provider().as_str(), outcome.model().as_str()),
        ("openrouter", "acme/swift-8b")
    );
    assert_eq!(outcome.elapsed(), Duration::from_millis(1_500));
    assert_eq!(outcome.attempts().len(), 1);
}
