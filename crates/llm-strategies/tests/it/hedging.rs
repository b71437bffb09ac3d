//! A second call when the first is slow to begin.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_core::{Error, ErrorKind, Retry, StreamEvent};
use llm_strategies::{CallOptions, Engine, Fallback};
use llm_testkit::fakes::{ScriptedProvider, Step};

use crate::support::*;

/// How many of the first calls to `a` begin after a second: enough to know what is slow, and to
/// have saved up hedges.
const KNOWN: usize = 120;

fn usual() -> Step {
    Step::answer("a").after(seconds(1.0))
}

/// What is known of `a`, then `next`.
fn known_then(next: impl IntoIterator<Item = Step>) -> Vec<Step> {
    std::iter::repeat_with(usual).take(KNOWN).chain(next).collect()
}

/// An engine with hedging over `a` and `b` that has learned that `a` begins after a second; its
/// next call to `a` does as `next`.
async fn learned(next: impl IntoIterator<Item = Step>) -> (Engine, Arc<ScriptedProvider>) {
    learned_with(next, |_| {}).await
}

async fn learned_with(
    next: impl IntoIterator<Item = Step>,
    change: impl FnOnce(&mut llm_strategies::EngineSettings),
) -> (Engine, Arc<ScriptedProvider>) {
    let provider = scripted([("a", known_then(next))]);
    provider.script("b", vec![Step::answer("b").after(seconds(0.5)); 200]);
    let settings = settings(|s| {
        s.hedging = true;
        change(s);
    });
    let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
    for _ in 0..KNOWN {
        assert_eq!(ask(&engine).await.unwrap().text(), "a");
    }
    (engine, provider)
}

fn slow() -> Step {
    Step::answer("late").after(seconds(9.0))
}

#[tokio::test(start_paused = true)]
async fn the_next_model_is_asked_beside_one_that_is_slow_to_begin() {
    let (engine, provider) = learned([slow()]).await;
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(outcome.text(), "b");
    assert_about(outcome.elapsed(), 2.5, 0.01);
    assert_eq!(story(&outcome.history.attempts), "a:cancelled b:ok");
    assert!(provider.calls_to("a").last().unwrap().was_dropped());
    assert_eq!(provider.running(), 0);
    assert_about(outcome.history.attempts[1].started, 2.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn who_begins_first_goes_on_and_the_other_is_dropped() {
    let (engine, provider) = learned([Step::answer("in time").after(seconds(2.2))]).await;
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(outcome.text(), "in time");
    assert_eq!(story(&outcome.history.attempts), "a:ok b:cancelled");
    assert!(provider.calls_to("b")[0].was_dropped());
    // The loser was not slow for what was expected of it: its health is untouched.
    assert!(resting(&engine, "b").is_zero());
}

#[tokio::test(start_paused = true)]
async fn without_hedging_a_slow_model_is_waited_for() {
    let (engine, provider) = learned_with([slow()], |s| s.hedging = false).await;
    assert_eq!(ask(&engine).await.unwrap().text(), "late");
    assert_eq!(provider.calls_to("b").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_slow_is_not_known_before_a_hundred_calls() {
    let steps = std::iter::repeat_with(usual).take(98).chain([slow(), slow()]);
    let provider = scripted([("a", steps.collect())]);
    let settings = settings(|s| s.hedging = true);
    let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
    for _ in 0..100 {
        ask(&engine).await.unwrap();
    }
    assert_eq!(provider.calls_to("b").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_hears_one_of_them_only() {
    let (engine, _) = learned([slow()]).await;
    let mut stream = engine.stream(Arc::new(Fallback), "Hi".into(), CallOptions::default());
    let mut said = String::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(text) = event.unwrap() {
            said.push_str(&text);
        }
    }
    assert_eq!((said.as_str(), stream.outcome().unwrap().model().as_str()), ("b", "b"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_rival_is_not_asked_again_and_the_slow_one_answers() {
    let provider = scripted([("a", known_then([slow()]))]);
    provider.script("b", [Step::error(ErrorKind::Overloaded)]);
    let settings = settings(|s| (s.hedging, s.retry_attempts) = (true, 0));
    let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
    for _ in 0..KNOWN {
        ask(&engine).await.unwrap();
    }
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(outcome.text(), "late");
    assert_eq!(story(&outcome.history.attempts), "a:ok b:overloaded");
    assert_eq!(statistics(&engine, "b").error_count, 1, "its failure counts like any other");
}

#[tokio::test(start_paused = true)]
async fn when_the_slow_one_fails_the_rival_answers_without_a_retry() {
    let late_error = Step::error(ErrorKind::UpstreamServer).after(seconds(2.2));
    let (engine, _) = learned([late_error]).await;
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(&outcome.history.attempts), "a:upstream_server b:ok");
    assert_about(outcome.elapsed(), 2.5, 0.01);
}

#[tokio::test(start_paused = true)]
async fn a_request_found_wrong_drops_the_rival() {
    let late_error = Step::error(ErrorKind::InvalidRequest).after(seconds(2.2));
    let (engine, provider) = learned([late_error]).await;
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(story(error.attempts()), "a:invalid_request b:cancelled");
    assert!(provider.calls_to("b")[0].was_dropped());
}

#[tokio::test(start_paused = true)]
async fn both_fail_and_the_error_tells_of_both() {
    let late_error = Step::error(ErrorKind::BadGateway).after(seconds(2.4));
    let provider = scripted([("a", known_then([late_error]))]);
    provider.script("b", vec![Step::error(ErrorKind::Overloaded).after(seconds(1.0)); 2]);
    let settings = settings(|s| (s.hedging, s.retry_attempts) = (true, 0));
    let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
    for _ in 0..KNOWN {
        ask(&engine).await.unwrap();
    }
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(story(error.attempts()), "a:bad_gateway b:overloaded");
}

#[tokio::test(start_paused = true)]
async fn hedges_stay_below_a_twentieth_of_the_requests() {
    let slow_for_ever = std::iter::repeat_with(slow).take(200);
    let (engine, provider) = learned(slow_for_ever).await;
    for _ in 0..200 {
        ask(&engine).await.unwrap();
    }
    let hedges = provider.calls_to("b").len();
    assert!((5..=16).contains(&hedges), "{hedges} of 320 requests");
}

#[tokio::test(start_paused = true)]
async fn a_probe_has_no_rival() {
    let failed = Step::error(ErrorKind::ConnectRefused);
    let steps = [failed.clone(), failed.clone(), failed.clone(), slow()];
    let (engine, provider) = learned_with(steps, |s| s.retry_attempts = 0).await;
    // A model that mostly works rests after three failures in a row only.
    for _ in 0..3 {
        assert_eq!(ask(&engine).await.unwrap().text(), "b");
    }
    tokio::time::sleep(resting(&engine, "a")).await;
    let before = provider.calls_to("b").len();
    assert_eq!(ask(&engine).await.unwrap().text(), "late");
    assert_eq!(provider.calls_to("b").len(), before);
}

#[tokio::test(start_paused = true)]
async fn after_do_not_retry_nobody_is_asked_twice_at_once() {
    let refused = Error::new(ErrorKind::UpstreamServer, "no").with_retry(Retry::Never);
    let provider = scripted([("a", known_then([slow()]))]);
    provider.script("z", [Step::fail(refused)]);
    provider.script("b", vec![Step::answer("b"); 9]);
    let settings = settings(|s| s.hedging = true);
    let chain = [("z", Primary), ("a", Reserve), ("b", LAST_RESORT)];
    let engine = engine_with(settings, &provider, &chain);
    for _ in 0..KNOWN {
        let named = options(|o| o.model = Some(model("a")));
        engine.generate(&Fallback, "Hi".into(), &named).await.unwrap();
    }
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(&outcome.history.attempts), "z:upstream_server a:ok");
    assert_eq!(outcome.text(), "late");
}

/// What `a`, slow to begin, and its rival `b`, whose call goes as `steps`, make of a request.
async fn against(steps: Vec<Step>) -> String {
    let provider = scripted([("a", known_then([slow(), Step::answer("again")]))]);
    provider.script("b", steps);
    let settings = settings(|s| (s.hedging, s.retry_attempts) = (true, 0));
    let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
    for _ in 0..KNOWN {
        ask(&engine).await.unwrap();
    }
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(provider.running(), 0);
    format!("{} {}", story(&outcome.history.attempts), outcome.text())
}

#[tokio::test(start_paused = true)]
async fn a_rival_wins_with_content_only() {
    assert_eq!(against(vec![Step::answer("")]).await, "a:ok b:empty_content late");
    let nothing: [StreamEvent; 0] = [];
    assert_eq!(against(vec![Step::events(nothing)]).await, "a:ok b:stream_cut late");
}

#[tokio::test(start_paused = true)]
async fn a_slow_model_that_was_overtaken_is_asked_again_when_its_rival_breaks() {
    let cut = Step::text(["half"]).then_cut();
    assert_eq!(against(vec![cut]).await, "a:cancelled b:stream_cut a:ok again");
}
