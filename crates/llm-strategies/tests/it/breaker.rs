//! Resting and coming back, with the real numbers: ratio, probes, late results, several keys.

use std::sync::Arc;

use futures_util::{StreamExt, future::join, future::join_all};
use llm_core::{ErrorKind, ModelRef, ModelRole, Retry};
use llm_strategies::{CallOptions, Engine, Fallback, Target, WhenAllUnavailable};
use llm_testkit::fakes::{ScriptedProvider, Step};
use tokio::time::{sleep, timeout};

use crate::support::*;

const CHAIN: [(&str, ModelRole); 2] = [("p", Primary), ("f", LAST_RESORT)];

/// `p` follows `steps`, `f` always answers; nothing is retried.
fn house(steps: Vec<Step>) -> (Arc<ScriptedProvider>, Engine) {
    let provider = scripted([("p", steps), ("f", vec![Step::answer("fine")])]);
    let engine = engine_with(settings(|s| s.retry_attempts = 0), &provider, &CHAIN);
    (provider, engine)
}

fn down() -> Step {
    Step::error(ErrorKind::Overloaded)
}

async fn ask_times(engine: &Engine, times: usize) {
    for _ in 0..times {
        ask(engine).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn g01_a_model_of_which_nine_in_ten_succeed_survives_one_hard_failure() {
    for (successes, failures, rests) in [(9, 1, false), (8, 2, true), (9, 0, true), (10, 0, false)]
    {
        // Failures of no consequence come first, so that none of them stands in a row.
        let mut steps = vec![Step::error(ErrorKind::UpstreamServer); failures];
        steps.extend(vec![Step::answer("ok"); successes]);
        steps.extend([down(), Step::answer("ok")]);
        let (_, engine) = house(steps);
        ask_times(&engine, successes + failures + 1).await;
        let rested = !resting(&engine, "p").is_zero();
        assert_eq!(rested, rests, "{successes} successes, {failures} failures, then a hard one");
    }
}

#[tokio::test(start_paused = true)]
async fn g01_hard_failures_in_a_row_let_it_rest_however_well_it_worked() {
    let mut steps = vec![Step::answer("ok"); 100];
    steps.push(down());
    let (provider, engine) = house(steps);
    ask_times(&engine, 102).await;
    assert_about(resting(&engine, "p"), 0.0, 0.0);
    ask_times(&engine, 1).await;
    assert!(!resting(&engine, "p").is_zero(), "three in a row");
    ask_times(&engine, 5).await;
    assert_eq!(provider.calls_to("p").len(), 103);
}

#[tokio::test(start_paused = true)]
async fn g05_rate_limits_only_let_the_model_rest() {
    // A success follows each: a failed probe would rest longer than it was asked to.
    let round = [asks_to_wait(ErrorKind::RateLimited, 0.01), Step::answer("ok")];
    let mut steps = vec![round; 100].concat();
    steps.extend(vec![Step::error(ErrorKind::UpstreamServer); 2]);
    steps.push(Step::answer("ok"));
    let provider = scripted([("p", steps), ("f", vec![Step::answer("fine")])]);
    let settings = settings(|s| (s.retry_attempts, s.wait_inline) = (0, seconds(0.0)));
    let engine = engine_with(settings, &provider, &CHAIN);
    for number in 0..202 {
        assert_about(resting(&engine, "p"), 0.0, 0.0);
        let failed = ask(&engine).await.unwrap().attempts().len() == 2;
        assert_eq!(failed, number >= 200 || number % 2 == 0, "request {number}");
        sleep(seconds(0.02)).await;
    }
    // Two failures in a row, a hundred successes: a hundred 429s in the ratio would make it rest.
    assert_about(resting(&engine, "p"), 0.0, 0.0);
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");
}

#[tokio::test(start_paused = true)]
async fn g06_of_fifty_requests_one_probes_and_forty_nine_go_to_the_fallback() {
    for (probe, of_the_probe, next) in
        [(Step::answer("back"), "p:ok", "p:ok"), (down(), "p:overloaded f:ok", "f:ok")]
    {
        let (provider, engine) = house(vec![down(), probe.after(seconds(1.0))]);
        ask_times(&engine, 1).await;
        sleep(resting(&engine, "p")).await;
        let stories = join_all((0..50).map(|_| ask(&engine))).await;
        let stories: Vec<_> =
            stories.into_iter().map(|answer| story(answer.unwrap().attempts())).collect();
        assert_eq!(stories.iter().filter(|story| *story == "f:ok").count(), 49, "{stories:?}");
        assert_eq!(stories.iter().filter(|story| *story == of_the_probe).count(), 1);
        assert_eq!(provider.calls_to("p").len(), 2, "the failure and one probe");
        assert_eq!(story(ask(&engine).await.unwrap().attempts()), next);
    }
}

#[tokio::test(start_paused = true)]
async fn g07_whatever_fails_a_probe_lets_the_model_rest_again() {
    let cases = [
        (down(), 10.0, 2.0),
        (Step::error(ErrorKind::UpstreamServer), 10.0, 2.0),
        (Step::hang(), 10.0, 2.0),
        (Step::text(["half"]).then_cut(), 10.0, 2.0),
        (Step::error(ErrorKind::RateLimited), 10.0, 0.0),
        (asks_to_wait(ErrorKind::RateLimited, 42.0), 42.0, 0.0),
        (Step::error(ErrorKind::ModelNotFound), 600.0, 0.0),
    ];
    for (probe, rest, spread) in cases {
        let (provider, engine) = house(vec![down(), probe.clone()]);
        ask_times(&engine, 1).await;
        sleep(resting(&engine, "p")).await;
        assert_eq!(*ask(&engine).await.unwrap().model(), "f");
        assert_about(resting(&engine, "p"), rest, spread);
        ask_times(&engine, 3).await;
        assert_eq!(provider.calls_to("p").len(), 2, "{probe:?}: one probe, and nothing after it");
    }
}

#[tokio::test(start_paused = true)]
async fn g07_a_probe_that_fails_through_no_fault_of_the_model_leaves_the_next_one_to_try() {
    let (provider, engine) =
        house(vec![down(), Step::error(ErrorKind::UnsupportedParam), Step::answer("back")]);
    ask_times(&engine, 1).await;
    sleep(resting(&engine, "p")).await;
    assert_eq!(*ask(&engine).await.unwrap().model(), "f");
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");
    assert_eq!(provider.calls_to("p").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn g08_rests_are_spread_by_a_fifth_to_either_side() {
    let mut rests = Vec::new();
    for seed in 0..200 {
        let provider = scripted([("p", vec![down()]), ("f", vec![Step::answer("fine")])]);
        let settings = settings(|s| (s.retry_attempts, s.seed) = (0, seed));
        let engine = engine_with(settings, &provider, &CHAIN);
        ask_times(&engine, 1).await;
        rests.push(resting(&engine, "p").as_secs_f64());
    }
    rests.sort_by(f64::total_cmp);
    assert!(rests[0] >= 4.0 && rests[0] < 4.1, "{rests:?}");
    assert!(rests[199] <= 6.0 && rests[199] > 5.9, "{rests:?}");
    assert_about(seconds(rests[100]), 5.0, 0.2);
}

#[tokio::test(start_paused = true)]
async fn g09_after_an_hour_earlier_results_do_not_count() {
    let failed = || Step::error(ErrorKind::UpstreamServer);
    let mut steps = Vec::new();
    for _ in 0..4 {
        steps.extend([failed(), failed(), Step::answer("ok")]);
    }
    // Nine results, six of them failures; then an hour; then three more of each.
    let (provider, engine) = house(steps);
    ask_times(&engine, 9).await;
    sleep(seconds(3_600.0)).await;
    ask_times(&engine, 3).await;
    assert_about(resting(&engine, "p"), 0.0, 0.0);
    assert_eq!(provider.calls_to("p").len(), 12);
}

#[tokio::test(start_paused = true)]
async fn g10_when_told_to_fail_twenty_callers_call_nobody_and_are_told_when_to_return() {
    let provider = scripted([("p", vec![down()]), ("f", vec![down()])]);
    let settings = settings(|s| {
        (s.retry_attempts, s.when_all_unavailable) = (0, WhenAllUnavailable::Fail);
    });
    let engine = engine_with(settings, &provider, &CHAIN);
    ask(&engine).await.unwrap_err();
    let soonest = resting(&engine, "p").min(resting(&engine, "f"));
    for error in join_all((0..20).map(|_| ask(&engine))).await {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoUsableModel);
        assert_eq!(error.retry(), Some(Retry::After(soonest)));
        assert!(error.attempts().is_empty());
    }
    assert_eq!(provider.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn g10_when_told_to_try_twenty_callers_each_walk_the_chain_once() {
    let provider = scripted([("p", vec![down()]), ("f", vec![down()])]);
    let engine = engine(&provider, &CHAIN);
    ask(&engine).await.unwrap_err();
    let before = provider.calls().len();
    let rests = ["p", "f"].map(|name| resting(&engine, name));
    for error in join_all((0..20).map(|_| ask(&engine))).await {
        assert_eq!(error.unwrap_err().attempts().len(), 2, "no retries");
    }
    assert_eq!(provider.calls().len(), before + 40);
    assert_eq!(["p", "f"].map(|name| resting(&engine, name)), rests, "they rest no longer for it");
}

#[tokio::test(start_paused = true)]
async fn g11_the_same_model_at_another_key_and_its_neighbour_are_untouched() {
    let first = scripted([("a", vec![down()]), ("b", vec![Step::answer("b")])]);
    let second =
        Arc::new(ScriptedProvider::new("other").with_model("a", [Step::answer("other a")]));
    let mut elsewhere = Target::new(ModelRef::new("other", "a"), second, Some(Primary));
    elsewhere.credential = "another key".into();
    let engine = engine_of([target(&first, "a", Primary), elsewhere, target(&first, "b", Primary)]);
    assert_eq!(ask(&engine).await.unwrap().text(), "other a");
    let rests: Vec<_> =
        engine.standings().iter().map(|standing| standing.obstacle.is_some()).collect();
    assert_eq!(rests, [true, false, false]);
}

/// A request for `p` alone, that ends as `p` is scripted.
async fn ask_p(engine: &Engine) -> llm_core::Result<llm_core::Outcome> {
    let alone = options(|o| (o.model, o.fallback) = (Some(model("p")), false));
    engine.generate(&Fallback, "Hi".into(), &alone).await
}

#[tokio::test(start_paused = true)]
async fn g12_a_success_of_an_earlier_time_does_not_close() {
    let (provider, engine) =
        house(vec![Step::answer("late").after(seconds(2.0)), down(), Step::answer("back")]);
    let disturbance = async {
        sleep(seconds(0.1)).await;
        ask_p(&engine).await.unwrap_err();
    };
    let (late, ()) = join(ask_p(&engine), disturbance).await;
    assert_eq!(late.unwrap().text(), "late");
    assert!(!resting(&engine, "p").is_zero(), "it began before the failure");
    assert_eq!(*ask(&engine).await.unwrap().model(), "f");
    assert_eq!(provider.calls_to("p").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn g12_leaving_an_earlier_call_does_not_free_the_place_of_the_probe() {
    let (provider, engine) = house(vec![
        Step::hang(),
        down(),
        Step::answer("back").after(seconds(3.0)),
        Step::answer("never"),
    ]);
    let earlier = timeout(seconds(8.0), ask_p(&engine));
    let probe = async {
        sleep(seconds(0.1)).await;
        ask_p(&engine).await.unwrap_err();
        sleep(seconds(6.9)).await;
        ask(&engine).await.unwrap()
    };
    let meanwhile = async {
        // The earlier call has been left, the probe still runs.
        sleep(seconds(9.0)).await;
        ask(&engine).await.unwrap()
    };
    let (left, (probe, meanwhile)) = join(earlier, join(probe, meanwhile)).await;
    left.unwrap_err();
    assert_eq!((probe.text().as_str(), meanwhile.text().as_str()), ("back", "fine"));
    assert_eq!(provider.calls_to("p").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn g12_a_probe_of_an_earlier_time_says_nothing_about_a_later_one() {
    // The probe hangs, its caller leaves, and the next probe fails: the model rests.
    let (provider, engine) = house(vec![down(), Step::hang(), down()]);
    ask_times(&engine, 1).await;
    sleep(resting(&engine, "p")).await;
    timeout(seconds(1.0), ask(&engine)).await.unwrap_err();
    ask_times(&engine, 2).await;
    assert_eq!(provider.calls_to("p").len(), 3);
    assert_about(resting(&engine, "p"), 10.0, 2.0);
}

#[tokio::test(start_paused = true)]
async fn answers_that_die_after_content_was_delivered_count() {
    let (_, engine) = house(vec![Step::text(["half"]).then_cut()]);
    for cut in 1..=3 {
        assert_about(resting(&engine, "p"), 0.0, 0.0);
        let stream = engine.stream(Arc::new(Fallback), "Hi".into(), CallOptions::default());
        let events: Vec<_> = stream.collect().await;
        assert_eq!(events.len(), 2, "half an answer, then the error");
        assert_eq!(events[1].as_ref().unwrap_err().kind(), ErrorKind::StreamCut);
        assert_eq!(statistics(&engine, "p").error_count, cut);
    }
    assert!(!resting(&engine, "p").is_zero());
}

#[tokio::test(start_paused = true)]
async fn a_longer_rest_stands_against_a_shorter_one_and_gives_way_to_a_longer() {
    for (first, second, expected) in [(60.0, 1.0, 60.0), (1.0, 60.0, 60.0)] {
        let limited = |hint| asks_to_wait(ErrorKind::RateLimited, hint).after(seconds(0.1));
        let (_, engine) = house(vec![limited(first), limited(second)]);
        let (one, other) = join(ask_p(&engine), ask_p(&engine)).await;
        assert!(one.is_err() && other.is_err());
        assert_about(resting(&engine, "p"), expected, 0.01);
    }
}
