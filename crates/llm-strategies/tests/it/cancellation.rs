//! Callers who leave: nothing runs on, and every attempt is accounted for once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt, future::join_all};
use llm_core::{ErrorKind, Observation};
use llm_strategies::{CallOptions, Fallback, Observer};
use llm_testkit::fakes::Step;
use tokio::time::{sleep, timeout};

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn j01_dropping_the_future_drops_the_call_and_touches_no_health() {
    let provider = scripted([("p", vec![Step::hang()])]);
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let settings = settings(|s| {
        s.observer = Some(Observer::new(move |model, observation| {
            notes.lock().unwrap().push((model.clone(), *observation));
        }));
    });
    let engine = engine_with(settings, &provider, &[("p", Primary)]);
    for _ in 0..5 {
        timeout(seconds(0.2), ask(&engine)).await.unwrap_err();
    }
    let calls = provider.calls();
    assert!(calls.iter().all(|call| call.was_dropped() && call.elapsed() == Some(seconds(0.2))));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 5);
    assert!(
        seen.iter().all(|(_, seen)| matches!(seen, Observation::Failure { blamed: false, .. }))
    );
    assert_about(resting(&engine, "p"), 0.0, 0.0);
}

/// Leaves a request after so long, and sees that it ends there.
async fn leave(step: Step, after: f64) {
    let provider = scripted([("p", vec![step.clone()])]);
    let engine = engine(&provider, &[("p", Primary)]);
    timeout(seconds(after), ask(&engine)).await.unwrap_err();
    assert_eq!((provider.calls().len(), provider.running()), (1, 0), "{step:?}");
    sleep(seconds(60.0)).await;
    assert_eq!(provider.calls().len(), 1, "{step:?}");
    provider.script("p", [Step::answer("fine")]);
    assert!(ask(&engine).await.is_ok(), "{step:?}");
}

#[tokio::test(start_paused = true)]
async fn j03_leaving_in_a_pause_or_while_it_connects_makes_no_further_call() {
    leave(asks_to_wait(ErrorKind::RateLimited, 10.0), 1.0).await;
    leave(Step::error(ErrorKind::RateLimited), 1.0).await;
    leave(Step::error(ErrorKind::Conflict).after(seconds(1.0)), 1.000_1).await;
    leave(Step::hang(), 3.0).await;

    // In the wait for the first of a throttled chain to come back.
    let limited = || vec![asks_to_wait(ErrorKind::RateLimited, 10.0)];
    let provider = scripted([("p", limited()), ("f", limited())]);
    let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
    timeout(seconds(5.0), ask(&engine)).await.unwrap_err();
    sleep(seconds(60.0)).await;
    assert_eq!(provider.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn j03_who_leaves_while_waiting_frees_the_place_of_the_one_who_waits() {
    let limited = || asks_to_wait(ErrorKind::RateLimited, 2.0);
    let provider = scripted([
        ("p", vec![limited(), Step::answer("fine"), limited(), Step::answer("fine")]),
        ("f", vec![Step::answer("other")]),
    ]);
    let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
    timeout(seconds(1.0), ask(&engine)).await.unwrap_err();
    sleep(seconds(60.0)).await;
    assert_eq!(*ask(&engine).await.unwrap().model(), "p");
    let outcome = ask(&engine).await.unwrap();
    assert_eq!(story(outcome.attempts()), "p:rate_limited p:ok");
}

#[tokio::test(start_paused = true)]
async fn j04_callers_that_leave_at_random_leave_nothing_behind() {
    let steps = [
        Step::text(["a", "b", "c"]).gap(seconds(0.4)),
        Step::error(ErrorKind::UpstreamServer).after(seconds(0.3)),
        Step::text(["a"]).gap(seconds(0.2)).then_cut(),
        Step::hang(),
        asks_to_wait(ErrorKind::RateLimited, 0.5),
    ];
    let provider = scripted([
        ("p", steps.iter().cycle().take(400).cloned().collect()),
        ("f", steps.iter().rev().cycle().take(400).cloned().collect()),
    ]);
    let observed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&observed);
    let settings = settings(|s| {
        s.observer = Some(Observer::new(move |_, _| {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
    });
    let engine = engine_with(settings, &provider, &[("p", Primary), ("f", LAST_RESORT)]);
    let mut random = fastrand::Rng::with_seed(4);
    let callers = (0..300).map(|number| {
        let (begin, stay) = (random.f64() * 20.0, random.f64() * 3.0);
        let engine = &engine;
        async move {
            sleep(seconds(begin)).await;
            if number % 2 == 0 {
                let _left = timeout(seconds(stay), ask(engine)).await;
            } else {
                let stream = engine.stream(Arc::new(Fallback), "Hi".into(), CallOptions::default());
                let _left = timeout(seconds(stay), stream.count()).await;
            }
        }
    });
    join_all(callers).await;
    assert_eq!(provider.running(), 0);
    assert_eq!(observed.load(Ordering::Relaxed), provider.calls().len());
    let known = ["p", "f"].map(|name| statistics(&engine, name));
    let sum: u64 = known.iter().map(|model| model.success_count + model.error_count).sum();
    assert_eq!(sum, u64::try_from(provider.calls().len()).unwrap());
    sleep(seconds(700.0)).await;
    provider.script("p", [Step::answer("fine")]);
    assert_eq!(*ask(&engine).await.unwrap().model(), "p", "no probe was left behind");
}

#[tokio::test(start_paused = true)]
async fn g07_a_caller_who_leaves_late_says_nothing_about_the_model() {
    let provider = scripted([("p", vec![Step::hang(); 9])]);
    let engine = engine(&provider, &[("p", Primary)]);
    for _ in 0..3 {
        timeout(seconds(15.0), ask(&engine)).await.unwrap_err();
    }
    assert!(resting(&engine, "p").is_zero());
    assert_eq!(statistics(&engine, "p").error_count, 3, "what was dropped is counted");
}
