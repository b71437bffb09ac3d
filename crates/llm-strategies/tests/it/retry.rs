//! How often the same model is tried, and how the budget bounds it all.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use llm_core::{ChatRequest, Error, ErrorKind, Execution, Message, Retry, Tool};
use llm_strategies::{CallOptions, Engine, EngineSettings, Fallback};
use llm_testkit::fakes::Step;
use tokio::time::sleep;

use crate::support::*;

/// Calls of a model that fails with `kind`, first with another candidate behind it, then alone.
async fn check(allowed: u32, step: Step, expected: (usize, usize)) {
    let mut found = [0, 0];
    for (place, chain) in
        [&[("p", Primary), ("f", LAST_RESORT)][..], &[("p", Primary)][..]].into_iter().enumerate()
    {
        let provider = scripted([("p", vec![step.clone()]), ("f", vec![Step::answer("fine")])]);
        let settings = settings(|s| s.retry_attempts = allowed);
        let _answer = ask(&engine_with(settings, &provider, chain)).await;
        found[place] = provider.calls_to("p").len();
    }
    assert_eq!((found[0], found[1]), expected, "{step:?} with {allowed} retries");
}

#[tokio::test(start_paused = true)]
async fn each_kind_is_retried_as_its_row_allows() {
    let error = Step::error;
    check(1, error(ErrorKind::UpstreamServer), (2, 2)).await;
    check(0, error(ErrorKind::UpstreamServer), (1, 1)).await;
    check(9, error(ErrorKind::UpstreamServer), (2, 2)).await;
    check(9, error(ErrorKind::ConnectRefused), (3, 3)).await;
    check(1, error(ErrorKind::ConnectRefused), (2, 2)).await;
    check(1, error(ErrorKind::TlsInvalid), (1, 1)).await;
    check(1, error(ErrorKind::ModelNotFound), (1, 1)).await;
    check(1, error(ErrorKind::UpstreamAuth), (1, 1)).await;
    check(1, error(ErrorKind::QuotaExhausted), (1, 1)).await;
    check(1, error(ErrorKind::ContextLength), (1, 1)).await;
    check(1, error(ErrorKind::InvalidRequest), (1, 1)).await;
    check(1, error(ErrorKind::FirstTokenTimeout), (1, 2)).await;
    check(1, error(ErrorKind::EdgeTimeout), (1, 1)).await;
    check(9, error(ErrorKind::Conflict), (3, 3)).await;
}

#[tokio::test(start_paused = true)]
async fn the_provider_may_forbid_a_retry() {
    let never = Error::new(ErrorKind::UpstreamServer, "scripted").with_retry(Retry::Never);
    check(1, Step::fail(never), (1, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn b20_the_provider_may_ask_for_a_retry() {
    let now = |kind| Step::fail(Error::new(kind, "scripted").with_retry(Retry::Now));
    for kind in [ErrorKind::InvalidRequest, ErrorKind::ModelNotFound] {
        check(1, now(kind), (2, 2)).await;
        check(0, now(kind), (1, 1)).await;
    }
    for kind in [ErrorKind::UpstreamAuth, ErrorKind::QuotaExhausted, ErrorKind::ContextLength] {
        check(1, now(kind), (1, 1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_died_goes_to_another_model_or_once_to_the_same() {
    let cut = Step::text(["some", "text"]).then_cut();
    check(2, cut, (1, 2)).await;
    check(2, Step::text(["some"]).then_error(ErrorKind::UpstreamMidError), (1, 2)).await;
    check(2, Step::error(ErrorKind::ResetAfterSend), (2, 2)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_retries_four_times_at_most() {
    let provider = scripted([]);
    let names: Vec<String> = (0..8).map(|number| format!("m{number}")).collect();
    for name in &names {
        provider.script(&**name, [Step::error(ErrorKind::ConnectRefused)]);
    }
    let targets = names.iter().map(|name| target(&provider, name, Primary)).collect();
    let settings = settings(|s| s.retry_attempts = 2);
    let error = ask(&llm_strategies::Engine::new(settings, targets)).await.unwrap_err();
    assert_eq!(error.attempts().len(), names.len() + 4, "{}", story(error.attempts()));
}

#[tokio::test(start_paused = true)]
async fn a02_moving_on_after_a_refused_connection_is_quick() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::ConnectRefused)]),
        ("f", vec![Step::answer("fine")]),
    ]);
    let outcome = ask(&engine(&provider, &[("p", Primary), ("f", LAST_RESORT)])).await.unwrap();
    assert!(outcome.elapsed() <= seconds(0.1), "{:?}", outcome.elapsed());
    assert_eq!(outcome.attempts()[0].billed, llm_core::Billed::No);
}

#[tokio::test(start_paused = true)]
async fn b_transient_failure_is_healed_by_one_retry() {
    let provider =
        scripted([("p", vec![Step::error(ErrorKind::UpstreamServer), Step::answer("fine")])]);
    let outcome = ask(&engine(&provider, &[("p", Primary)])).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:upstream_server p:ok");
    assert_eq!(outcome.attempts()[0].billed, llm_core::Billed::Maybe);
}

/// What an upstream sees in a minute of 50 requests a second, all of which fail.
async fn calls_in_a_bad_minute(step: Step, settings: EngineSettings) -> usize {
    let provider = scripted([("p", vec![step])]);
    let engine = engine_with(settings, &provider, &[("p", Primary)]);
    let requests = (0..3_000_u32).map(|number| {
        let engine = &engine;
        async move {
            sleep(Duration::from_millis(20) * number).await;
            let _error = ask(engine).await.unwrap_err();
        }
    });
    join_all(requests).await;
    provider.calls().len()
}

#[tokio::test(start_paused = true)]
async fn f04_retries_are_a_small_share_of_the_traffic() {
    let calls = calls_in_a_bad_minute(charged_conflict(), EngineSettings::default()).await;
    assert!((3_000..=3_660).contains(&calls), "{calls} calls");

    let conflict = Step::error(ErrorKind::Conflict);
    let calls = calls_in_a_bad_minute(conflict, settings(|s| s.retry_attempts = 2)).await;
    assert!((3_300..=3_660).contains(&calls), "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn f04_waiting_for_a_throttled_model_is_within_the_budget() {
    let throttled = asks_to_wait(ErrorKind::RateLimited, 0.5);
    let calls = calls_in_a_bad_minute(throttled, EngineSettings::default()).await;
    assert!(calls <= 3_660, "{calls} calls");

    // All at once, so that none of them finds the model resting.
    let throttled = asks_to_wait(ErrorKind::RateLimited, 2.0).after(seconds(0.1));
    let provider = scripted([("p", vec![throttled])]);
    let engine = engine(&provider, &[("p", Primary)]);
    join_all((0..300).map(|_| ask(&engine))).await;
    let calls = provider.calls().len();
    assert!((310..=420).contains(&calls), "{calls} calls");
}

/// Fails in a way that says nothing about health: only the budget bounds its retries. Costs two
/// tokens of it.
fn charged_conflict() -> Step {
    Step::fail(Error::new(ErrorKind::Conflict, "scripted").with_execution(Execution::Maybe))
}

/// How many requests in a row `engine` retries until the budget is empty.
async fn retries_in_a_row(engine: &Engine) -> usize {
    let mut retries = 0;
    while ask(engine).await.unwrap_err().attempts().len() == 2 {
        retries += 1;
        assert!(retries < 30, "the budget has an end");
    }
    retries
}

#[tokio::test(start_paused = true)]
async fn f05_the_budget_is_full_again_within_a_minute() {
    let provider = scripted([("p", vec![charged_conflict()])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let full = retries_in_a_row(&engine).await;
    assert!(full >= 5, "{full} retries");
    assert_eq!(retries_in_a_row(&engine).await, 0);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(retries_in_a_row(&engine).await, full);
}

#[tokio::test(start_paused = true)]
async fn f06_without_a_budget_nothing_is_retried_and_the_chain_goes_on() {
    // A conflict costs one token, so that none is left over.
    let conflict = Step::error(ErrorKind::Conflict);
    let provider = scripted([("p", vec![conflict]), ("f", vec![Step::answer("fine")])]);
    let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
    let mut stories = Vec::new();
    while stories.last().is_none_or(|last| last != "p:conflict f:ok") {
        assert!(stories.len() < 30, "the budget has an end: {stories:?}");
        stories.push(story(ask(&engine).await.unwrap().attempts()));
    }

    provider.script("p", [charged_conflict()]);
    let alone = options(|o| o.fallback = false);
    let error = engine.generate(&Fallback, "Hi".into(), &alone).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Conflict, 1));
    assert_about(error.elapsed().unwrap(), 0.0, 0.0);

    for (execution, expected) in [
        (Execution::Executed, "p:conflict f:ok"),
        (Execution::Maybe, "p:conflict f:ok"),
        (Execution::NotSent, "p:conflict p:conflict f:ok"),
    ] {
        let error = Error::new(ErrorKind::Conflict, "scripted");
        provider.script("p", [Step::fail(error.with_execution(execution))]);
        let outcome = ask(&engine).await.unwrap();
        assert_eq!(story(outcome.attempts()), expected, "{execution:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f07_one_credential_does_not_spend_the_budget_of_another() {
    let provider = scripted([("p", vec![charged_conflict()]), ("q", vec![charged_conflict()])]);
    let mut other = target(&provider, "q", Primary);
    other.credential = "another".into();
    let engine = engine_of([target(&provider, "p", Primary), other]);
    let ask_for = async |name| {
        let options = options(|o| {
            o.model = Some(model(name));
            o.fallback = false;
        });
        let asked = engine.generate(&Fallback, "Hi".into(), &options).await;
        asked.unwrap_err().attempts().len()
    };
    let mut requests = 0;
    while ask_for("p").await == 2 {
        requests += 1;
        assert!(requests < 30, "the budget has an end");
    }
    assert_eq!(ask_for("q").await, 2);
}

#[tokio::test(start_paused = true)]
async fn f10_an_attempt_that_may_be_charged_is_retried_once_a_request() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::UpstreamServer)]),
        ("f", vec![Step::error(ErrorKind::UpstreamServer)]),
    ]);
    let error = ask(&engine(&provider, &[("p", Primary), ("f", LAST_RESORT)])).await.unwrap_err();
    assert_eq!(story(error.attempts()), "p:upstream_server p:upstream_server f:upstream_server");
}

#[tokio::test(start_paused = true)]
async fn f10_it_costs_two_tokens_and_one_that_was_refused_costs_one() {
    for (step, burst) in [(charged_conflict(), 5), (Step::error(ErrorKind::Conflict), 10)] {
        let provider = scripted([("p", vec![step])]);
        let engine = engine(&provider, &[("p", Primary)]);
        // All at once: a second's rest of the budget and a fifth of the requests come to less
        // than three more.
        let asked = join_all((0..13).map(|_| ask(&engine))).await;
        let retried =
            asked.into_iter().filter(|end| end.as_ref().unwrap_err().attempts().len() > 1);
        let retried = retried.count();
        assert!((burst..burst + 3).contains(&retried), "{retried} retries of {burst}");
    }
}

#[tokio::test(start_paused = true)]
async fn f11_extra_tries_are_none_one_or_as_many_as_the_row_allows() {
    for (allowed, refused, server_error) in [(0, 1, 1), (1, 2, 2), (u32::MAX, 3, 2)] {
        check(allowed, Step::error(ErrorKind::ConnectRefused), (refused, refused)).await;
        check(allowed, Step::error(ErrorKind::UpstreamServer), (server_error, server_error)).await;
        check(allowed, Step::error(ErrorKind::TlsInvalid), (1, 1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f12_every_attempt_shares_the_one_conversation() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::ConnectRefused)]),
        ("f", vec![Step::error(ErrorKind::ConnectRefused), Step::answer("fine")]),
    ]);
    let picture = "A".repeat(16 << 20);
    let request = ChatRequest::new([Message::user(picture)])
        .with_tools([Tool::new("look", serde_json::json!({}))])
        .with_extra("seed", 7);
    let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
    let options = CallOptions::default();
    let outcome = engine.generate(&Fallback, request.clone(), &options).await.unwrap();
    assert_eq!(outcome.attempts().len(), 4);
    for call in provider.calls() {
        assert!(Arc::ptr_eq(&call.request.messages, &request.messages));
        assert!(Arc::ptr_eq(&call.request.tools, &request.tools));
        assert!(Arc::ptr_eq(&call.request.extras, &request.extras));
    }
}
