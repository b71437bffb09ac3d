//! Sizes and figures nobody expects: long chains, crowds, limits of nothing and of for ever,
//! damaged statistics.

use std::time::Duration;

use futures_util::{StreamExt, future::join_all};
use llm_core::{ErrorKind, LatencyEstimate, ModelStatistics, Odds, Timestamp};
use llm_strategies::{BestOfTwo, Commit, Engine, Fallback, LlmEvaluator, Single, Timeouts};
use llm_testkit::fakes::Step;

use crate::support::*;

fn timeouts(each: Duration) -> Timeouts {
    let mut timeouts = Timeouts::default();
    (timeouts.first_token, timeouts.idle, timeouts.progress) = (each, each, each);
    timeouts
}

#[tokio::test(start_paused = true)]
async fn limits_without_an_end_are_no_limits() {
    let provider = scripted([("p", vec![Step::text(["a", "b"]).gap(seconds(1e6))])]);
    for upstream_stream in [true, false] {
        let mut patient = target(&provider, "p", Primary);
        patient.timeouts = timeouts(Duration::MAX);
        patient.upstream_stream = upstream_stream;
        let window = Commit::Window { tokens: 9, time: Duration::MAX };
        let engine = Engine::new(settings(|s| s.commit = window), vec![patient]);
        let options = options(|o| o.timeout = Some(Duration::MAX));
        let outcome = engine.generate(&Fallback, "Hi".into(), &options).await.unwrap();
        assert_eq!(outcome.text(), "ab");
        let stream = engine.stream(std::sync::Arc::new(Fallback), "Hi".into(), options);
        assert!(stream.all(async |event| event.is_ok()).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_next_to_nothing_blames_nobody() {
    let provider = scripted([("p", vec![Step::hang()]), ("q", vec![Step::hang()])]);
    let engine = engine(&provider, &[("p", Primary), ("q", Primary)]);
    let judged = BestOfTwo::new(std::sync::Arc::new(LlmEvaluator::new(1)));
    let strategies: [&dyn llm_core::Strategy; 3] = [&Fallback, &Single::fastest(), &judged];
    for strategy in strategies {
        for micros in [0, 1, 1_000] {
            let options = options(|o| o.timeout = Some(Duration::from_micros(micros)));
            let error = engine.generate(strategy, "Hi".into(), &options).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
            assert!(error.elapsed().unwrap() <= Duration::from_millis(2));
        }
    }
    assert_eq!(provider.running(), 0);
    assert_eq!((resting(&engine, "p"), resting(&engine, "q")), Default::default());
}

#[tokio::test(start_paused = true)]
async fn h02_a_chain_of_fifty_is_walked_to_its_end() {
    let names: Vec<String> = (0..50).map(|number| format!("acme/m{number:02}")).collect();
    let provider = scripted([]);
    for name in &names {
        provider.script(name.as_str(), [Step::error(ErrorKind::ModelNotFound)]);
    }
    let engine = engine_of(names.iter().map(|name| target(&provider, name, Primary)));
    let error = ask(&engine).await.unwrap_err();
    assert_eq!(error.attempts().len(), 50);
    for name in &names {
        assert!(error.message().contains(&format!("{name}: model_not_found")), "{error}");
    }
    provider.script("acme/m49", [Step::answer("fine")]);
    assert_eq!(*ask(&engine).await.unwrap().model(), "acme/m49", "also when all of them rest");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_at_once_are_all_answered_and_accounted_for() {
    let steps = |seed: u64| {
        let mut random = fastrand::Rng::with_seed(seed);
        let step = move || match random.u8(0..10) {
            0 => Step::error(ErrorKind::UpstreamServer).after(seconds(0.2)),
            1 => Step::error(ErrorKind::Overloaded),
            2 => asks_to_wait(ErrorKind::RateLimited, 0.5),
            3 => Step::text(["half"]).then_cut(),
            _ => Step::text(["a", "b"]).gap(seconds(0.3)),
        };
        std::iter::repeat_with(step).take(3_000).collect::<Vec<_>>()
    };
    let fine = Step::answer("fine").after(seconds(1.0));
    let provider = scripted([("p", steps(1)), ("q", steps(2)), ("last", vec![fine])]);
    let chain = [("p", Primary), ("q", Primary), ("last", LAST_RESORT)];
    let engine = engine(&provider, &chain);
    let outcomes =
        join_all((0..1_000).map(|_| ask_with(&engine, const { &Single::fastest() }))).await;
    let attempts = outcomes.into_iter().map(|outcome| outcome.unwrap().attempts().len());
    let attempts: usize = attempts.sum();
    assert_eq!((attempts, provider.running()), (provider.calls().len(), 0));
    let known = ["p", "q", "last"].map(|name| statistics(&engine, name));
    let sum: u64 = known.iter().map(|model| model.success_count + model.error_count).sum();
    assert_eq!(sum, u64::try_from(attempts).unwrap());
    let successes: u64 = known.iter().map(|model| model.success_count).sum();
    assert_eq!(successes, 1_000);
}

#[tokio::test(start_paused = true)]
async fn k07_figures_that_cannot_be_true_are_dropped() {
    let now = Timestamp::from_unix(Duration::from_secs(1_700_000_000));
    let damaged = |log_ratio: f64, count: f64, updated: Timestamp| {
        let mut statistics = ModelStatistics::default();
        statistics.success_count = u64::MAX;
        statistics.latency = Some(LatencyEstimate { log_ratio, updated });
        statistics.odds = Odds { successes: count, failures: count, updated };
        statistics
    };
    let answer = Step::answer("twelve tokens of an answer, more or less, that is");
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, -1e9] {
        let provider = scripted([
            ("good", vec![answer.clone().after(seconds(1.0))]),
            ("bad", vec![answer.clone().after(seconds(9.0))]),
        ]);
        let targets = ["bad", "good"].map(|name| target(&provider, name, Primary));
        let engine = Engine::new(settings(|s| s.now = now), targets.to_vec());
        let for_ever = Timestamp::from_unix(Duration::MAX);
        engine.restore([(model("bad"), damaged(bad, bad, for_ever))]);
        for _ in 0..5 {
            ask_with(&engine, &Single::fastest()).await.unwrap();
        }
        assert_eq!(engine.fastest(), Some(model("good")), "{bad}");
        let known = statistics(&engine, "bad");
        assert_eq!(known.success_count, u64::MAX, "it saturates");
        assert!(known.latency.unwrap().log_ratio.is_finite());
        assert!(known.odds.successes.is_finite() && known.odds.failures.is_finite());
    }
}

#[tokio::test(start_paused = true)]
async fn an_estimate_from_a_clock_ahead_is_looked_at_again() {
    let now = Timestamp::from_unix(Duration::from_secs(1_700_000_000));
    let tomorrow = now.plus(Duration::from_secs(86_400));
    let provider = scripted([]);
    let targets = ["slow"].map(|name| target(&provider, name, Primary));
    let engine = Engine::new(settings(|s| s.now = now), targets.to_vec());
    let mut known = ModelStatistics::default();
    known.latency = Some(LatencyEstimate { log_ratio: 1.0, updated: tomorrow });
    engine.restore([(model("slow"), known)]);
    assert!(statistics(&engine, "slow").latency.unwrap().updated <= engine.now());
}
