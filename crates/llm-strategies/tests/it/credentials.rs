//! Keys that are rejected or used up.

use llm_core::{Error, ErrorKind, Retry};
use llm_strategies::Target;
use llm_testkit::fakes::Step;
use tokio::time::sleep;

use crate::support::*;

fn with_key(mut target: Target, key: &str) -> Target {
    target.credential = key.into();
    target
}

fn free(mut target: Target) -> Target {
    target.price = Some(price(0));
    target
}

#[tokio::test(start_paused = true)]
async fn a_rejected_key_sends_the_request_to_another_key() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::UpstreamAuth)]),
        ("same", vec![Step::answer("never")]),
        ("other", vec![Step::answer("fine")]),
    ]);
    let engine = engine_of([
        with_key(target(&provider, "p", Primary), "one"),
        with_key(target(&provider, "same", Primary), "one"),
        with_key(target(&provider, "other", Reserve), "two"),
    ]);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:upstream_auth other:ok");
    let reason = "same: credential_rejected: its key was rejected a moment ago";
    assert_eq!(left_out(&outcome.history.excluded), reason);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_model_is_not_waited_for_after_its_key_was_rejected() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 5.0), Step::answer("never")]),
        ("q", vec![Step::error(ErrorKind::UpstreamAuth)]),
    ]);
    let chain = [("p", Primary), ("q", Reserve)];
    let engine =
        engine_of(chain.map(|(name, role)| with_key(target(&provider, name, role), "one")));
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(story(error.attempts()), "p:rate_limited q:upstream_auth");
    assert_about(error.elapsed().unwrap(), 0.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn a_key_rests_when_it_was_rejected_twice() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::UpstreamAuth)]),
        ("q", vec![Step::answer("fine")]),
    ]);
    let engine = engine_of([
        with_key(target(&provider, "p", Primary), "one"),
        with_key(target(&provider, "q", Reserve), "two"),
    ]);
    ask(&engine).await.unwrap();
    assert_about(resting(&engine, "p"), 0.0, 0.0);
    ask(&engine).await.unwrap();
    assert_about(resting(&engine, "p"), 60.0, 0.01);
    assert_about(resting(&engine, "q"), 0.0, 0.0);
    sleep(seconds(61.0)).await;
    ask(&engine).await.unwrap();
    assert_about(resting(&engine, "p"), 120.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_key_opens_no_free_model_either() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::UpstreamAuth)]),
        ("free", vec![Step::answer("never")]),
        ("other", vec![Step::answer("fine")]),
    ]);
    let engine = engine_of([
        with_key(target(&provider, "p", Primary), "one"),
        free(with_key(target(&provider, "free", Reserve), "one")),
        with_key(target(&provider, "other", Reserve), "two"),
    ]);
    for _ in 0..3 {
        ask(&engine).await.unwrap();
    }
    assert_eq!(called(&provider), "p other p other other");
    assert_about(resting(&engine, "free"), 60.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn used_up_credit_parks_the_models_of_its_key_except_free_ones() {
    let provider = scripted([
        ("paid", vec![Step::error(ErrorKind::QuotaExhausted)]),
        ("also_paid", vec![Step::answer("never")]),
        ("free", vec![Step::answer("fine")]),
    ]);
    let engine = engine_of([
        target(&provider, "paid", Primary),
        target(&provider, "also_paid", Primary),
        free(target(&provider, "free", Reserve)),
    ]);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "paid:quota_exhausted free:ok");
    let parked = "also_paid: credential_parked: back in 600.0 s";
    assert_eq!(left_out(&outcome.history.excluded), parked);
    assert_eq!(story(ask(&engine).await.unwrap().attempts()), "free:ok");
    sleep(seconds(601.0)).await;
    assert_eq!(story(ask(&engine).await.unwrap().attempts()), "paid:quota_exhausted free:ok");
}

#[tokio::test(start_paused = true)]
async fn a_hint_says_when_credit_is_back() {
    let used_up =
        Error::new(ErrorKind::QuotaExhausted, "scripted").with_retry(Retry::After(seconds(90.0)));
    let provider = scripted([("p", vec![Step::fail(used_up)])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    assert_about(resting(&engine, "p"), 90.0, 0.01);
    assert_eq!(provider.calls().len(), 1, "waiting is no use");
}

#[tokio::test(start_paused = true)]
async fn an_answer_shows_that_a_key_works_again() {
    let provider =
        scripted([("p", vec![Step::error(ErrorKind::QuotaExhausted), Step::answer("topped up")])]);
    let engine = engine(&provider, &[("p", Primary)]);
    ask(&engine).await.unwrap_err();
    assert_eq!(ask(&engine).await.unwrap().text(), "topped up", "with nobody else it is tried");
    assert_about(resting(&engine, "p"), 0.0, 0.0);
}
