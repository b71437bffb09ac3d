//! Which models rest, for how long, and how they come back.

use std::time::Duration;

use futures_util::future::join_all;
use llm_core::{ErrorKind, ModelRole};
use llm_strategies::{Engine, Timeouts};
use llm_testkit::fakes::{ScriptedProvider, Step};
use tokio::time::{sleep, timeout};

use crate::support::*;

const CHAIN: [(&str, ModelRole); 2] = [("p", Primary), ("f", LAST_RESORT)];

/// `p` follows `steps`, `f` always answers; nothing is retried.
fn house(steps: Vec<Step>) -> (std::sync::Arc<ScriptedProvider>, Engine) {
    let provider = scripted([("p", steps), ("f", vec![Step::answer("fine")])]);
    let engine = engine_with(settings(|s| s.retry_attempts = 0), &provider, &CHAIN);
    (provider, engine)
}

/// Requests until `p` rests.
async fn failures_until_rest(kind: ErrorKind) -> Option<usize> {
    let (_, engine) = house(vec![Step::error(kind)]);
    for count in 1..=20 {
        ask(&engine).await.ok();
        if !resting(&engine, "p").is_zero() {
            return Some(count);
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn g01_one_hard_failure_is_enough_and_soft_ones_are_after_three() {
    for kind in [
        ErrorKind::ConnectRefused,
        ErrorKind::Dns,
        ErrorKind::DnsTimeout,
        ErrorKind::TlsInvalid,
        ErrorKind::TlsHandshake,
        ErrorKind::ConnectTimeout,
        ErrorKind::FirstTokenTimeout,
        ErrorKind::IdleTimeout,
        ErrorKind::NoProgress,
        ErrorKind::Overloaded,
        ErrorKind::UpstreamTimeout,
        ErrorKind::EdgeTimeout,
    ] {
        assert_eq!(failures_until_rest(kind).await, Some(1), "{kind}");
    }
    for kind in [
        ErrorKind::UpstreamServer,
        ErrorKind::BadGateway,
        ErrorKind::EdgeError,
        ErrorKind::ResetAfterSend,
        ErrorKind::StreamCut,
        ErrorKind::TruncatedResponse,
        ErrorKind::MalformedResponse,
        ErrorKind::NotJson,
        ErrorKind::EmptyResponse,
        ErrorKind::EmptyChoices,
        ErrorKind::EmptyContent,
        ErrorKind::UpstreamMidError,
        ErrorKind::ResponseTooLarge,
        ErrorKind::RunawayStream,
    ] {
        assert_eq!(failures_until_rest(kind).await, Some(3), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn g04_the_callers_failures_never_touch_health() {
    let check = async |step: Step, patience: f64| {
        let (_, engine) = house(vec![step.clone()]);
        for _ in 0..100 {
            let _end = timeout(seconds(patience), ask(&engine)).await;
        }
        assert_about(resting(&engine, "p"), 0.0, 0.0);
        assert_eq!(statistics(&engine, "p").error_count, 100, "{step:?}");
    };
    for kind in [
        ErrorKind::InvalidRequest,
        ErrorKind::ContextLength,
        ErrorKind::Unprocessable,
        ErrorKind::PayloadTooLarge,
        ErrorKind::ContentPolicy,
        ErrorKind::UnsupportedParam,
        ErrorKind::StaleConnection,
    ] {
        check(Step::error(kind), 100.0).await;
    }
    check(Step::hang(), 0.2).await;
    check(Step::text(["half"]).then_hang(), 0.2).await;
}

#[tokio::test(start_paused = true)]
async fn g02_half_of_ten_failing_is_too_many_although_never_three_in_a_row() {
    let round = [
        Step::error(ErrorKind::UpstreamServer),
        Step::error(ErrorKind::UpstreamServer),
        Step::answer("ok"),
    ];
    let (provider, engine) = house(round.iter().cycle().take(60).cloned().collect());
    let mut requests = 0;
    while resting(&engine, "p").is_zero() {
        ask(&engine).await.unwrap();
        requests += 1;
        assert!(requests < 60, "it never rests");
    }
    assert_eq!(provider.calls_to("p").len(), 10, "ten results are needed");
}

#[tokio::test(start_paused = true)]
async fn g02_every_other_request_failing_is_too_many_once_less_than_half_succeed() {
    let failed = || Step::error(ErrorKind::UpstreamServer);
    let round = [failed(), Step::answer("ok")];
    let (provider, engine) = house(round.iter().cycle().take(40).cloned().collect());
    for _ in 0..40 {
        ask(&engine).await.unwrap();
    }
    assert_eq!(provider.calls_to("p").len(), 11, "five of ten are half, five of eleven are not");

    let round = [Step::answer("ok"), failed()];
    let (provider, engine) = house(round.iter().cycle().take(40).cloned().collect());
    for _ in 0..40 {
        ask(&engine).await.unwrap();
    }
    assert_eq!(provider.calls_to("p").len(), 40, "never less than half");
}

#[tokio::test(start_paused = true)]
async fn a_hard_failure_of_a_model_that_works_is_a_soft_one() {
    let mut steps = vec![Step::answer("ok"); 10];
    steps.extend([Step::error(ErrorKind::Overloaded), Step::answer("ok")]);
    let (_, engine) = house(steps);
    for _ in 0..11 {
        ask(&engine).await.unwrap();
    }
    assert_about(resting(&engine, "p"), 0.0, 0.0);
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");

    let mut steps = vec![Step::answer("ok"); 9];
    steps.push(Step::error(ErrorKind::Overloaded));
    let (_, engine) = house(steps);
    for _ in 0..10 {
        ask(&engine).await.unwrap();
    }
    assert!(!resting(&engine, "p").is_zero(), "nine results are too few to know");
}

#[tokio::test(start_paused = true)]
async fn g08_rests_double_with_every_failed_probe_up_to_a_cap() {
    let cases = [
        (ErrorKind::Overloaded, &[5.0, 10.0, 20.0, 20.0, 20.0][..], 20.0),
        (ErrorKind::IdleTimeout, &[5.0, 10.0, 20.0, 40.0, 80.0, 120.0, 120.0], 120.0),
    ];
    for (kind, expected, cap) in cases {
        let (provider, engine) = house(vec![Step::error(kind)]);
        for rest in expected {
            ask(&engine).await.unwrap();
            let actual = resting(&engine, "p");
            assert_about(actual, *rest, rest * 0.2 + 0.001);
            assert!(actual <= seconds(cap));
            ask(&engine).await.unwrap();
            sleep(actual).await;
        }
        assert_eq!(provider.calls_to("p").len(), expected.len(), "one probe a rest");
    }
}

#[tokio::test(start_paused = true)]
async fn g07_a_failed_probe_is_not_retried_and_cools_longer() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::ConnectRefused)]),
        ("f", vec![Step::answer("fine")]),
    ]);
    let engine = engine(&provider, &CHAIN);
    ask(&engine).await.unwrap();
    assert_eq!(provider.calls_to("p").len(), 2, "one try and one retry");
    sleep(seconds(6.1)).await;
    ask(&engine).await.unwrap();
    assert_eq!(provider.calls_to("p").len(), 3, "the probe alone");
    assert_about(resting(&engine, "p"), 10.0, 2.0);
}

#[tokio::test(start_paused = true)]
async fn g07_a_cancelled_probe_frees_the_place() {
    let (provider, engine) = house(vec![
        Step::error(ErrorKind::Overloaded),
        Step::answer("too late").after(seconds(9.0)),
        Step::answer("back"),
    ]);
    ask(&engine).await.unwrap();
    sleep(seconds(6.1)).await;
    timeout(seconds(0.2), ask(&engine)).await.unwrap_err();
    assert!(provider.calls_to("p")[1].was_dropped());
    assert_eq!(ask(&engine).await.unwrap().text(), "back");
}

#[tokio::test(start_paused = true)]
async fn rests_are_forgotten_after_a_minute_of_health() {
    let down = || Step::error(ErrorKind::Overloaded);
    let (_, engine) = house(vec![down(), down(), Step::answer("ok"), down()]);
    ask(&engine).await.unwrap();
    sleep(seconds(6.1)).await;
    ask(&engine).await.unwrap();
    assert_about(resting(&engine, "p"), 10.0, 2.0);
    sleep(seconds(12.1)).await;
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");
    sleep(seconds(60.0)).await;
    ask(&engine).await.unwrap();
    assert_about(resting(&engine, "p"), 5.0, 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_model_nobody_serves_is_parked() {
    let (_, engine) = house(vec![Step::error(ErrorKind::ModelNotFound)]);
    ask(&engine).await.unwrap();
    assert_about(resting(&engine, "p"), 600.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn g10_when_all_rest_each_is_tried_once_the_soonest_first() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::ConnectRefused)]),
        ("f", vec![Step::error(ErrorKind::ConnectRefused)]),
    ]);
    let engine = engine(&provider, &CHAIN);
    ask(&engine).await.unwrap_err();
    assert_eq!(called(&provider), "p p f f");
    let soonest = if resting(&engine, "p") < resting(&engine, "f") { "p f" } else { "f p" };
    ask(&engine).await.unwrap_err();
    assert_eq!(called(&provider), format!("p p f f {soonest}"));

    provider.script("f", [Step::answer("back")]);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(*outcome.model(), "f");
    assert_about(resting(&engine, "f"), 0.0, 0.0);
    assert_eq!(*ask(&engine).await.unwrap().model(), "f", "a success closes");
}

#[tokio::test(start_paused = true)]
async fn the_one_that_returns_soonest_is_tried_first() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::ModelNotFound)]),
        ("f", vec![Step::error(ErrorKind::Overloaded)]),
    ]);
    let engine = engine_with(settings(|s| s.retry_attempts = 0), &provider, &CHAIN);
    ask(&engine).await.unwrap_err();
    ask(&engine).await.unwrap_err();
    assert_eq!(called(&provider), "p f f p");
}

/// A request whose first candidate fails after a while, and another that lets the second one rest
/// in between.
async fn meanwhile(engine: &Engine) -> llm_core::Result<llm_core::Outcome> {
    let disturbance = async {
        sleep(seconds(1.0)).await;
        let alone = options(|o| {
            o.model = Some(model("f"));
            o.fallback = false;
        });
        engine.generate(&llm_strategies::Fallback, "Hi".into(), &alone).await.unwrap_err();
    };
    futures_util::future::join(ask(engine), disturbance).await.0
}

#[tokio::test(start_paused = true)]
async fn a_model_that_rests_since_the_plan_is_passed_over_while_another_can_serve() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::TlsInvalid).after(seconds(2.0))]),
        ("f", vec![Step::error(ErrorKind::TlsInvalid), Step::answer("back")]),
        ("g", vec![Step::answer("fine")]),
    ]);
    let chain = [("p", Primary), ("f", Reserve), ("g", LAST_RESORT)];
    let outcome = meanwhile(&engine(&provider, &chain)).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:tls_invalid g:ok");
    assert!(left_out(&outcome.history.excluded).starts_with("f: cooling_down"));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_rests_since_the_plan_is_tried_when_nobody_else_is_left() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::TlsInvalid).after(seconds(2.0))]),
        ("f", vec![Step::error(ErrorKind::TlsInvalid), Step::answer("back")]),
    ]);
    let outcome = meanwhile(&engine(&provider, &CHAIN)).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:tls_invalid f:ok");
    assert_eq!(left_out(&outcome.history.excluded), "");

    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::TlsInvalid).after(seconds(2.0))]),
        ("f", vec![Step::error(ErrorKind::TlsInvalid), Step::answer("back")]),
    ]);
    let fail = settings(|s| s.when_all_unavailable = llm_strategies::WhenAllUnavailable::Fail);
    let error = meanwhile(&engine_with(fail, &provider, &CHAIN)).await.unwrap_err();
    assert_eq!(story(error.attempts()), "p:tls_invalid");
}

#[tokio::test(start_paused = true)]
async fn trying_a_resting_model_does_not_lengthen_its_rest() {
    let provider = scripted([("p", vec![Step::error(ErrorKind::Overloaded)])]);
    let engine = engine_with(settings(|s| s.retry_attempts = 0), &provider, &[("p", Primary)]);
    ask(&engine).await.unwrap_err();
    let rest = resting(&engine, "p");
    join_all((0..20).map(|_| ask(&engine))).await;
    assert_eq!(resting(&engine, "p"), rest);
    sleep(rest).await;
    ask(&engine).await.unwrap_err();
    assert_about(resting(&engine, "p"), 10.0, 2.0);
}

#[tokio::test(start_paused = true)]
async fn g12_the_result_of_an_older_call_is_not_taken_for_the_probes() {
    let late = Step::error(ErrorKind::Overloaded).after(seconds(8.0));
    let (provider, engine) = house(vec![
        late,
        Step::error(ErrorKind::Overloaded),
        Step::answer("back").after(seconds(5.0)),
    ]);
    let older = ask(&engine);
    let newer = async {
        sleep(seconds(0.1)).await;
        ask(&engine).await.unwrap();
        sleep(seconds(6.1)).await;
        let probe = ask(&engine).await.unwrap();
        assert_eq!(*probe.model(), "p");
        assert_about(resting(&engine, "p"), 0.0, 0.0);
    };
    let (_, ()) = futures_util::future::join(older, newer).await;
    assert_eq!(provider.calls_to("p").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_the_deadline_shortened_says_nothing_about_the_model() {
    let provider = scripted([("p", vec![Step::hang()]), ("f", vec![Step::answer("fine")])]);
    let short = settings(|s| s.timeout = Duration::from_secs(10));
    let engine = engine_with(short, &provider, &CHAIN);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:first_token_timeout f:ok");
    assert_about(resting(&engine, "p"), 0.0, 0.0);

    let mut slow = target(&provider, "p", Primary);
    slow.timeouts = Timeouts::default();
    slow.timeouts.first_token = Duration::from_secs(4);
    let engine = engine_of([slow, target(&provider, "f", Reserve)]);
    ask(&engine).await.unwrap();
    assert!(!resting(&engine, "p").is_zero());
}
