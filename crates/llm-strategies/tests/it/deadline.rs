//! One deadline for everything, and the limits of an attempt inside it.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use llm_core::{ErrorKind, StreamEvent};
use llm_strategies::{CallOptions, Fallback};
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
async fn e01_without_headers_the_limit_for_the_first_token_ends_an_attempt() {
    check(Step::hang(), ErrorKind::FirstTokenTimeout, 20.0).await;
}

#[tokio::test(start_paused = true)]
async fn e02_silence_after_the_headers_is_counted_from_the_call() {
    let silent = || Step::events([]).then_hang();
    check(silent(), ErrorKind::FirstTokenTimeout, 20.0).await;
    check(silent().after(seconds(12.0)), ErrorKind::FirstTokenTimeout, 20.0).await;
}

#[tokio::test(start_paused = true)]
async fn e03_silence_in_mid_answer_ends_it_and_what_came_is_kept() {
    let silent = || Step::text(["some ", "words"]).gap(seconds(3.0)).then_hang();
    check(silent(), ErrorKind::IdleTimeout, 36.0).await;

    let provider = scripted([("p", vec![silent()]), ("f", vec![Step::answer("never")])]);
    let engine = engine(&provider, &CHAIN);
    let mut stream = engine.stream(Arc::new(Fallback), "Hi".into(), CallOptions::default());
    let mut kept = String::new();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(StreamEvent::Text(text)) => kept.push_str(&text),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!((kept.as_str(), error.kind()), ("some words", ErrorKind::IdleTimeout));
    let history = error.history().unwrap();
    assert!(history.partial);
    assert_eq!(history.time_to_first_token, Some(seconds(3.0)));
    assert_about(history.elapsed, 36.0, 0.002);
    assert_eq!(history.attempts[0].billed, llm_core::Billed::Yes);
    assert_eq!(called(&provider), "p", "nobody else speaks in this answer");
}

#[tokio::test(start_paused = true)]
async fn e04_signs_of_life_are_no_content() {
    check(Step::keep_alive_every(seconds(5.0)), ErrorKind::FirstTokenTimeout, 20.0).await;
    let alive = Step::text(["some"]).then_repeat(seconds(10.0), StreamEvent::KeepAlive);
    check(alive, ErrorKind::NoProgress, 90.0).await;

    // A model that may take long to begin still has to make progress.
    let provider = scripted([("p", vec![Step::keep_alive_every(seconds(5.0))])]);
    let mut patient = target(&provider, "p", Primary);
    patient.timeouts.first_token = seconds(300.0);
    let settings = settings(|s| s.timeout = seconds(600.0));
    let engine = llm_strategies::Engine::new(settings, vec![patient]);
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProgress);
    assert_about(error.attempts()[0].elapsed, 90.0, 0.002);
}

#[tokio::test(start_paused = true)]
async fn e05_three_slow_models_share_a_deadline_and_are_not_blamed_for_it() {
    let slow = || vec![Step::answer("too late").after(seconds(6.0))];
    let provider = scripted([("a", slow()), ("b", slow()), ("c", slow())]);
    let chain = [("a", Primary), ("b", Duplicate), ("c", LAST_RESORT)];
    let engine = engine_with(settings(|s| s.timeout = seconds(10.0)), &provider, &chain);
    let error = ask(&engine).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Deadline, false));
    assert_about(error.elapsed().unwrap(), 10.0, 0.002);
    let spans: Vec<_> = error.attempts().iter().map(|attempt| attempt.elapsed).collect();
    for (span, expected) in spans.iter().zip([5.0, 2.5, 2.5]) {
        assert_about(*span, expected, 0.003);
    }
    assert_eq!(spans.len(), 3);
    assert_eq!(["a", "b", "c"].map(|name| resting(&engine, name)), [Duration::ZERO; 3]);
}

#[tokio::test(start_paused = true)]
async fn e06_a_pause_that_would_pass_the_deadline_is_not_begun() {
    let mut at_once = 0;
    for seed in 0..60 {
        let failing = Step::error(ErrorKind::UpstreamServer).after(seconds(9.9));
        let provider = scripted([("p", vec![failing, Step::hang()])]);
        let settings = settings(|s| (s.timeout, s.seed) = (seconds(10.0), seed));
        let error = ask(&engine_with(settings, &provider, &[("p", Primary)])).await.unwrap_err();
        if error.attempts().len() == 1 {
            at_once += 1;
            assert_eq!(error.kind(), ErrorKind::UpstreamServer);
            assert_about(error.elapsed().unwrap(), 9.9, 0.002);
        } else {
            assert_about(error.elapsed().unwrap(), 10.0, 0.002);
        }
    }
    // The pause is up to half a second, and a tenth is left.
    assert!((30..60).contains(&at_once), "{at_once} of 60");

    let provider = scripted([("p", vec![Step::error(ErrorKind::RateLimited)])]);
    let settings = settings(|s| s.timeout = seconds(4.9));
    let error = ask(&engine_with(settings, &provider, &[("p", Primary)])).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::RateLimited, 1));
    assert_about(error.elapsed().unwrap(), 0.0, 0.002);
}

#[tokio::test(start_paused = true)]
async fn e09_an_answer_in_the_instant_of_its_limit_counts() {
    let fine = |step: Step, deadline: f64, streamed: bool| async move {
        let provider = scripted([("p", vec![step]), ("f", vec![Step::answer("other")])]);
        let targets = [("p", Primary), ("f", LAST_RESORT)].map(|(name, role)| {
            let mut target = target(&provider, name, role);
            target.upstream_stream = streamed;
            target.timeouts.idle = seconds(15.0);
            target
        });
        let settings = settings(|s| s.timeout = seconds(deadline));
        let engine = llm_strategies::Engine::new(settings, targets.to_vec());
        story(ask(&engine).await.unwrap().attempts())
    };
    for _ in 0..20 {
        let first_token = Step::answer("fine").after(seconds(20.0));
        assert_eq!(fine(first_token, 120.0, true).await, "p:ok");
        let accepted = Step::text(["fine"]).gap(seconds(10.0));
        assert_eq!(fine(accepted, 120.0, true).await, "p:ok");
        let idle = Step::text(["a", "b"]).gap(seconds(15.0)).after(seconds(5.0));
        assert_eq!(fine(idle, 120.0, true).await, "p:ok");
        let half = Step::answer("fine").after(seconds(30.0));
        assert_eq!(fine(half, 60.0, false).await, "p:ok");
        let deadline = Step::text(["a", "b"]).gap(seconds(4.0));
        assert_eq!(fine(deadline, 12.0, true).await, "p:ok");
    }
    let late = Step::answer("late").after(seconds(20.001));
    assert_eq!(fine(late, 120.0, true).await, "p:first_token_timeout f:ok");
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
