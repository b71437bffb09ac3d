//! Rate limits: who waits, who moves on.

use futures_util::future::{join, join_all};
use llm_core::{Error, ErrorKind, Retry};
use llm_strategies::WhenAllUnavailable;
use llm_testkit::fakes::Step;

use crate::support::*;

const CHAIN: [(&str, llm_core::ModelRole); 2] = [("p", Primary), ("f", LAST_RESORT)];

#[tokio::test(start_paused = true)]
async fn a_short_hint_is_waited_out() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 2.0), Step::answer("fine")]),
        ("f", vec![Step::answer("other")]),
    ]);
    let outcome = ask(&engine(&provider, &CHAIN)).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:rate_limited p:ok");
    assert_about(outcome.elapsed(), 2.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn b15_a_hint_beyond_the_deadline_is_an_error_at_once_however_short_the_rest() {
    let provider = scripted([("p", vec![asks_to_wait(ErrorKind::RateLimited, 3_600.0)])]);
    let engine =
        engine_with(settings(|s| s.timeout = seconds(600.0)), &provider, &[("p", Primary)]);
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(error.retry(), Some(Retry::After(seconds(3_600.0))));
    assert_eq!((error.elapsed(), provider.calls().len()), (Some(seconds(0.0)), 1));
    assert_about(resting(&engine, "p"), 300.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn waiting_inline_can_be_switched_off() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 2.0)]),
        ("f", vec![Step::answer("other")]),
    ]);
    let settings = settings(|s| s.wait_inline = seconds(0.0));
    let outcome = ask(&engine_with(settings, &provider, &CHAIN)).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:rate_limited f:ok");
}

#[tokio::test(start_paused = true)]
async fn a_long_hint_moves_the_request_on_and_keeps_others_away() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 30.0), Step::answer("back")]),
        ("f", vec![Step::answer("other")]),
    ]);
    let engine = engine(&provider, &CHAIN);
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:rate_limited f:ok");
    assert_about(outcome.elapsed(), 0.0, 0.01);
    let next = ask(&engine).await.unwrap();
    assert_eq!(left_out(&next.history.excluded), "p: cooling_down: back in 30.0 s");
    tokio::time::sleep(seconds(30.1)).await;
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");
}

/// Two requests meet `p` at once: one is asked to wait for 30 s, then the other for 1 s.
async fn second_of_two(chain: &[(&str, llm_core::ModelRole)]) -> (String, f64) {
    let long = asks_to_wait(ErrorKind::RateLimited, 30.0).after(seconds(0.1));
    let short = asks_to_wait(ErrorKind::RateLimited, 1.0).after(seconds(0.2));
    let provider = scripted([
        ("p", vec![long, short, Step::answer("back")]),
        ("f", vec![Step::answer("other")]),
    ]);
    let engine = engine_with(settings(|s| s.timeout = seconds(10.0)), &provider, chain);
    let (_, second) = join(ask(&engine), ask(&engine)).await;
    let history = match &second {
        Ok(outcome) => &outcome.history,
        Err(error) => error.history().unwrap(),
    };
    (story(&history.attempts), history.elapsed.as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn a_short_hint_does_not_shorten_a_longer_rest() {
    let (story, elapsed) = second_of_two(&CHAIN).await;
    assert_eq!(story, "p:rate_limited f:ok");
    assert!(elapsed < 0.3, "it waited {elapsed} s with somebody else to ask");
}

#[tokio::test(start_paused = true)]
async fn no_wait_begins_that_a_longer_rest_carries_past_the_deadline() {
    let (story, elapsed) = second_of_two(&CHAIN[..1]).await;
    assert_eq!(story, "p:rate_limited");
    assert!(elapsed < 0.3, "it slept for {elapsed} s and could not have asked again");
}

#[tokio::test(start_paused = true)]
async fn g07_a_failed_probe_rests_longer_however_short_the_hint() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 1.0)]),
        ("f", vec![Step::answer("other")]),
    ]);
    let engine = engine(&provider, &CHAIN);
    let first = ask(&engine).await.unwrap();
    assert_eq!(story(first.attempts()), "p:rate_limited p:rate_limited f:ok");
    let mut rests = Vec::new();
    for _ in 0..4 {
        let rest = resting(&engine, "p");
        rests.push(rest.as_secs());
        tokio::time::sleep(rest).await;
        ask(&engine).await.unwrap();
    }
    assert_eq!(rests, [10, 20, 40, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_hint_is_believed_for_five_minutes_at_most() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 86_400.0), Step::answer("back")]),
        ("f", vec![Step::answer("other")]),
    ]);
    let engine = engine(&provider, &CHAIN);
    ask(&engine).await.unwrap();
    tokio::time::sleep(seconds(300.1)).await;
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");
}

#[tokio::test(start_paused = true)]
async fn one_request_waits_the_others_move_on() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 2.0).after(seconds(0.1)); 10]),
        ("f", vec![Step::answer("other")]),
    ]);
    let engine = engine(&provider, &CHAIN);
    let asked = join_all((0..10).map(|_| ask(&engine)));
    let answers = asked.await;
    assert!(answers.iter().all(|answer| *answer.as_ref().unwrap().model() == "f"));
    assert_eq!(provider.calls_to("p").len(), 11, "ten first calls and one probe");
}

#[tokio::test(start_paused = true)]
async fn without_a_hint_a_throttled_model_is_left_alone() {
    let throttled = Step::error(ErrorKind::RateLimited);
    let provider = scripted([("p", vec![throttled]), ("f", vec![Step::answer("other")])]);
    let engine = engine(&provider, &CHAIN);
    assert_eq!(story(ask(&engine).await.unwrap().attempts()), "p:rate_limited f:ok");
    let mut rests = Vec::new();
    for _ in 0..6 {
        let rest = resting(&engine, "p");
        rests.push(rest.as_secs());
        tokio::time::sleep(rest).await;
        ask(&engine).await.unwrap();
    }
    assert_eq!(rests, [5, 10, 20, 40, 60, 60]);
}

#[tokio::test(start_paused = true)]
async fn with_nobody_else_a_request_waits() {
    for (hint, waited) in [(Some(10.0), 10.0), (None, 5.0)] {
        let throttled = hint.map_or_else(
            || Step::error(ErrorKind::RateLimited),
            |hint| asks_to_wait(ErrorKind::RateLimited, hint),
        );
        let provider = scripted([("p", vec![throttled, Step::answer("fine")])]);
        let outcome = ask(&engine(&provider, &[("p", Primary)])).await.unwrap();
        assert_eq!(story(outcome.attempts()), "p:rate_limited p:ok");
        assert_about(outcome.elapsed(), waited, 0.01);
    }
}

#[tokio::test(start_paused = true)]
async fn with_nobody_else_every_request_waits() {
    let throttled = || asks_to_wait(ErrorKind::RateLimited, 10.0).after(seconds(0.1));
    let provider = scripted([("p", vec![throttled(), throttled(), Step::answer("fine")])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let (first, second) = join(ask(&engine), ask(&engine)).await;
    assert_eq!((first.unwrap().text(), second.unwrap().text()), ("fine".into(), "fine".into()));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_chain_is_waited_for_from_its_front() {
    let provider = scripted([
        ("p", vec![asks_to_wait(ErrorKind::RateLimited, 20.0), Step::answer("late")]),
        ("f", vec![asks_to_wait(ErrorKind::RateLimited, 8.0), Step::answer("soon")]),
    ]);
    let outcome = ask(&engine(&provider, &CHAIN)).await.unwrap();
    assert_eq!((outcome.text().as_str(), outcome.elapsed().as_secs()), ("soon", 8));
}

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_the_deadline_is_not_begun() {
    let provider = scripted([("p", vec![asks_to_wait(ErrorKind::RateLimited, 200.0)])]);
    let error = ask(&engine(&provider, &[("p", Primary)])).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)));
    assert_eq!(error.retry(), Some(Retry::After(seconds(200.0))));
    assert_about(error.elapsed().unwrap(), 0.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn hints_on_other_statuses_are_obeyed_the_same_way() {
    let busy = |hint| {
        let error = Error::new(ErrorKind::UpstreamServer, "scripted").with_status(503);
        Step::fail(error.with_retry(Retry::After(seconds(hint))))
    };
    let provider = scripted([
        ("p", vec![busy(2.0), Step::answer("fine")]),
        ("f", vec![Step::answer("other")]),
    ]);
    let short = ask(&engine(&provider, &CHAIN)).await.unwrap();
    assert_eq!(story(short.attempts()), "p:upstream_server p:ok");
    assert_about(short.elapsed(), 2.0, 0.01);

    provider.script("p", [busy(30.0), Step::answer("back")]);
    let engine = engine(&provider, &CHAIN);
    assert_eq!(*ask(&engine).await.unwrap().model(), "f");
    assert_about(resting(&engine, "p"), 30.0, 0.01);
}

#[tokio::test(start_paused = true)]
async fn when_told_to_fail_a_resting_chain_says_when_to_come_back() {
    let provider = scripted([("p", vec![Step::error(ErrorKind::Overloaded)])]);
    let settings = settings(|s| {
        s.when_all_unavailable = WhenAllUnavailable::Fail;
        s.retry_attempts = 0;
    });
    let engine = engine_with(settings, &provider, &[("p", Primary)]);
    ask(&engine).await.unwrap_err();
    let rest = resting(&engine, "p");
    let error = ask(&engine).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::NoUsableModel, Some(Retry::After(rest))));
    assert_eq!(provider.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hint_on_an_overload_is_waited_for_when_nobody_else_answers() {
    let busy = asks_to_wait(ErrorKind::Overloaded, 10.0);
    let provider = scripted([
        ("p", vec![busy, Step::answer("fine")]),
        ("f", vec![Step::error(ErrorKind::BadGateway); 2]),
    ]);
    let outcome = ask(&engine(&provider, &[("p", Primary), ("f", LAST_RESORT)])).await.unwrap();
    assert_eq!(story(&outcome.history.attempts), "p:overloaded f:bad_gateway f:bad_gateway p:ok");
    assert_about(outcome.elapsed(), 10.0, 0.5);
}

#[tokio::test(start_paused = true)]
async fn b20_a_limited_model_that_says_never_is_not_waited_for() {
    let never = Error::new(ErrorKind::RateLimited, "no").with_retry(Retry::Never);
    let provider = scripted([("p", vec![Step::fail(never), Step::answer("fine")])]);
    let error = ask(&engine(&provider, &[("p", Primary)])).await.unwrap_err();
    assert_eq!((error.kind(), called(&provider).as_str()), (ErrorKind::RateLimited, "p"));
}
