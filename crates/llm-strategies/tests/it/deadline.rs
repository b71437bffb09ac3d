//! One deadline for everything, and the limits of an attempt inside it.

use std::time::Duration;

use llm_core::{ErrorKind, StreamEvent};
use llm_testkit::fakes::Step;
use tokio::time::Instant;

use crate::support::*;

const CHAIN: [(&str, llm_core::ModelRole); 2] = [("p", Primary), ("f", LAST_RESORT)];

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_request_exactly() {
    let provider = scripted([("p", vec![Step::hang()]), ("f", vec![Step::hang()])]);
    let settings = settings(|s| s.timeout = seconds(10.0));
    let started = Instant::now();
    let error = ask(&engine_with(settings, &provider, &CHAIN)).await.unwrap_err();
    assert_about(started.elapsed(), 10.0, 0.002);
    assert_eq!(error.kind(), ErrorKind::Deadline);
    assert!(!error.is_retryable());
    assert_eq!(story(error.attempts()), "p:first_token_timeout f:deadline");
    assert_eq!(provider.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_caller_may_set_a_deadline_of_its_own() {
    let provider = scripted([("p", vec![Step::hang()])]);
    let options = options(|o| o.timeout = Some(seconds(3.0)));
    let engine = engine(&provider, &[("p", Primary)]);
    let asked = engine.generate(&llm_strategies::Fallback, "Hi".into(), &options).await;
    assert_about(asked.unwrap_err().elapsed().unwrap(), 3.0, 0.002);
}

#[tokio::test(start_paused = true)]
async fn silence_may_take_half_of_what_is_left_while_another_can_serve() {
    let provider = scripted([
        ("p", vec![Step::hang()]),
        ("d", vec![Step::hang()]),
        ("f", vec![Step::answer("fine").after(seconds(4.9))]),
    ]);
    let chain = [("p", Primary), ("d", Duplicate), ("f", LAST_RESORT)];
    let settings = settings(|s| s.timeout = seconds(20.0));
    let outcome = ask(&engine_with(settings, &provider, &chain)).await.unwrap();
    let spans: Vec<_> =
        outcome.attempts().iter().map(|a| a.elapsed.as_secs_f64().round()).collect();
    assert_eq!(spans, [10.0, 5.0, 5.0], "the last one may use all that is left");
}

#[tokio::test(start_paused = true)]
async fn without_a_stream_the_whole_attempt_is_halved() {
    let provider = scripted([
        ("p", vec![Step::answer("late").after(seconds(60.0))]),
        ("f", vec![Step::answer("fine")]),
    ]);
    let whole = |name, role| {
        let mut target = target(&provider, name, role);
        target.upstream_stream = false;
        target
    };
    let outcome = ask(&engine_of([whole("p", Primary), whole("f", Reserve)])).await.unwrap();
    assert_eq!(*outcome.model(), "p", "60 s is half of the deadline");
    let settings = settings(|s| s.timeout = seconds(100.0));
    let targets = vec![whole("p", Primary), whole("f", Reserve)];
    let outcome = ask(&llm_strategies::Engine::new(settings, targets)).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:first_token_timeout f:ok");
    assert_about(outcome.elapsed(), 50.0, 0.01);
}

/// How long a step keeps a request, and how that ends.
async fn check(step: Step, kind: ErrorKind, after: f64) {
    let provider = scripted([("p", vec![step]), ("f", vec![Step::answer("fine")])]);
    let outcome = ask(&engine(&provider, &CHAIN)).await.unwrap();
    let attempt = &outcome.attempts()[0];
    assert_eq!(attempt.outcome.error(), Some(kind));
    assert_about(attempt.elapsed, after, 0.002);
}

#[tokio::test(start_paused = true)]
async fn each_silence_has_its_limit() {
    check(Step::hang(), ErrorKind::FirstTokenTimeout, 20.0).await;
    check(Step::keep_alive_every(seconds(1.0)), ErrorKind::FirstTokenTimeout, 20.0).await;
    check(Step::text(["some"]).then_hang(), ErrorKind::IdleTimeout, 30.0).await;
    let alive = Step::text(["some"]).then_repeat(seconds(10.0), StreamEvent::KeepAlive);
    check(alive, ErrorKind::NoProgress, 90.0).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_but_steady_answer_is_waited_for() {
    let tokens: Vec<String> = (0..5).map(|number| format!("{number} ")).collect();
    let provider = scripted([("p", vec![Step::text(tokens).gap(Duration::from_secs(19))])]);
    let outcome = ask(&engine(&provider, &[("p", Primary)])).await.unwrap();
    assert_eq!(outcome.text(), "0 1 2 3 4 ");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_also_ends_a_stream_that_never_stops() {
    let endless = Step::text(["a"]).then_repeat(seconds(1.0), StreamEvent::Text("a".to_owned()));
    let provider = scripted([("p", vec![endless])]);
    let error = ask(&engine(&provider, &[("p", Primary)])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline);
    assert_about(error.elapsed().unwrap(), 120.0, 0.002);
    assert_eq!(error.attempts()[0].billed, llm_core::Billed::Yes);
}
