//! Who is thought fast, and how that is found out.

use std::time::Duration;

use futures_util::future::join_all;
use llm_core::{
    ChatResponse, ErrorKind, LatencyEstimate, ModelStatistics, Observation, Odds, Timestamp,
};
use llm_strategies::{Engine, Single};
use llm_testkit::fakes::{ScriptedProvider, Step};
use tokio::time::sleep;

use crate::support::*;

fn answers_in(delay: f64) -> Step {
    Step::answer("twelve tokens of an answer, more or less, that is").after(seconds(delay))
}

fn primaries(provider: &std::sync::Arc<ScriptedProvider>, names: &[&str]) -> Engine {
    engine_of(names.iter().map(|name| target(provider, name, Primary)))
}

fn measured(engine: &Engine, name: &str, elapsed: f64) {
    let at = engine.now();
    let success = Observation::Success {
        at,
        elapsed: seconds(elapsed),
        first_token: None,
        output_tokens: 12,
    };
    engine.record(&model(name), &success);
}

async fn fast(engine: &Engine) -> String {
    ask_with(engine, &Single::fastest()).await.unwrap().model().to_string()
}

#[tokio::test(start_paused = true)]
async fn nobody_is_fastest_before_a_measurement() {
    let provider = scripted([("a", vec![answers_in(1.0)]), ("b", vec![answers_in(0.5)])]);
    let engine = primaries(&provider, &["a", "b"]);
    assert_eq!(engine.fastest(), None);
    fast(&engine).await;
    assert_eq!(engine.fastest(), Some(model("a")));
    fast(&engine).await;
    assert_eq!(engine.fastest(), Some(model("b")));
    let known = statistics(&engine, "b");
    assert_eq!((known.last_response_time, known.success_count), (Some(seconds(0.5)), 1));
}

#[tokio::test(start_paused = true)]
async fn a_fast_failure_never_looks_fast() {
    let provider = scripted([
        ("broken", vec![Step::error(ErrorKind::UpstreamServer).after(seconds(0.05))]),
        ("slow", vec![answers_in(3.0)]),
    ]);
    let engine = primaries(&provider, &["broken", "slow"]);
    for _ in 0..5 {
        fast(&engine).await;
    }
    assert_eq!(engine.fastest(), Some(model("slow")));
    assert!(statistics(&engine, "broken").latency.is_none());

    measured(&engine, "broken", 2.9);
    sleep(seconds(60.0)).await;
    for _ in 0..2 {
        fast(&engine).await;
    }
    assert_eq!(engine.fastest(), Some(model("slow")), "its failures lower the odds");
}

#[tokio::test(start_paused = true)]
async fn short_answers_do_not_make_a_model_look_fast() {
    let provider = scripted([]);
    let engine = primaries(&provider, &["terse", "talkative"]);
    let at = engine.now();
    let success = |elapsed, output_tokens| Observation::Success {
        at,
        elapsed,
        first_token: None,
        output_tokens,
    };
    engine.record(&model("terse"), &success(seconds(2.0), 10));
    engine.record(&model("talkative"), &success(seconds(6.0), 500));
    assert_eq!(engine.fastest(), Some(model("talkative")));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_had_to_be_loaded_is_not_slow() {
    let mut loaded = ChatResponse::from_text("twelve tokens of an answer, more or less, that is");
    loaded.load_time = Some(seconds(40.0));
    let provider = scripted([
        ("steady", vec![answers_in(1.0)]),
        ("cold", vec![Step::response(loaded).after(seconds(40.5))]),
    ]);
    let chain = ["steady", "cold"].map(|name| target(&provider, name, Primary));
    let patient = chain.map(|mut target| {
        target.timeouts.first_token = seconds(300.0);
        target
    });
    let engine = engine_of(patient);
    for _ in 0..2 {
        fast(&engine).await;
    }
    assert_eq!(engine.fastest(), Some(model("cold")));
    assert_eq!(statistics(&engine, "cold").last_response_time, Some(seconds(0.5)));
}

#[tokio::test(start_paused = true)]
async fn unmeasured_models_are_explored_one_call_at_a_time() {
    let provider = scripted([
        ("known", vec![answers_in(1.0)]),
        ("new", vec![answers_in(2.0)]),
        ("newer", vec![answers_in(2.0)]),
    ]);
    let engine = primaries(&provider, &["known", "new", "newer"]);
    measured(&engine, "known", 1.0);
    let mut asked: Vec<String> = join_all((0..20).map(|_| fast(&engine))).await;
    asked.sort();
    assert_eq!(asked.iter().filter(|name| *name == "known").count(), 19);
    assert_eq!(fast(&engine).await, "newer");
    assert_eq!(fast(&engine).await, "known", "all are measured");
}

#[tokio::test(start_paused = true)]
async fn an_exploration_in_flight_is_not_joined_by_a_probe() {
    let provider = scripted([("known", vec![answers_in(0.1)]), ("new", vec![Step::hang()])]);
    let now = Timestamp::from_unix(Duration::from_secs(1_700_000_000));
    let targets = ["known", "new"].map(|name| target(&provider, name, Primary));
    let engine = Engine::new(settings(|s| s.now = now), targets.to_vec());
    measured(&engine, "known", 0.1);
    let exploration = fast(&engine);
    let others = async {
        for _ in 0..100 {
            assert_eq!(fast(&engine).await, "known");
        }
    };
    futures_util::future::join(exploration, others).await;
    assert_eq!(provider.calls_to("new").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_exploration_may_be_repeated() {
    let provider = scripted([("known", vec![answers_in(1.0)]), ("new", vec![answers_in(2.0)])]);
    let engine = primaries(&provider, &["known", "new"]);
    measured(&engine, "known", 1.0);
    tokio::time::timeout(seconds(0.5), fast(&engine)).await.unwrap_err();
    assert_eq!(fast(&engine).await, "new");
}

#[tokio::test(start_paused = true)]
async fn a_failed_exploration_ranks_last() {
    let provider = scripted([
        ("new", vec![Step::error(ErrorKind::UpstreamServer)]),
        ("slow", vec![answers_in(9.0)]),
    ]);
    let engine = primaries(&provider, &["new", "slow"]);
    fast(&engine).await;
    let calls = provider.calls_to("new").len();
    for _ in 0..5 {
        assert_eq!(fast(&engine).await, "slow");
    }
    assert_eq!(provider.calls_to("new").len(), calls);
}

#[tokio::test(start_paused = true)]
async fn an_exploration_that_failed_through_no_fault_of_the_model_is_used_up_too() {
    let provider = scripted([
        ("picky", vec![Step::error(ErrorKind::UnsupportedParam)]),
        ("steady", vec![answers_in(1.0)]),
    ]);
    let engine = primaries(&provider, &["picky", "steady"]);
    for _ in 0..5 {
        assert_eq!(fast(&engine).await, "steady");
    }
    assert_eq!(provider.calls_to("picky").len(), 1);

    let next_process = primaries(&provider, &["picky", "steady"]);
    let known = ["picky", "steady"].map(|name| (model(name), statistics(&engine, name)));
    next_process.restore(known);
    assert_eq!(fast(&next_process).await, "steady");
    assert_eq!(provider.calls_to("picky").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn looks_at_slower_models_are_two_of_a_hundred() {
    let provider = scripted([("quick", vec![answers_in(1.0)]), ("slow", vec![answers_in(2.0)])]);
    let engine = primaries(&provider, &["quick", "slow"]);
    for _ in 0..2_000 {
        fast(&engine).await;
    }
    let looks = provider.calls_to("slow").len();
    assert!((10..=43).contains(&looks), "{looks} of 2000");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_became_fast_is_found_again() {
    let provider = scripted([("quick", vec![answers_in(1.0)]), ("steady", vec![answers_in(1.5)])]);
    let engine = primaries(&provider, &["quick", "steady"]);
    for _ in 0..20 {
        fast(&engine).await;
    }
    provider.script("quick", [answers_in(6.0)]);
    for _ in 0..20 {
        fast(&engine).await;
    }
    assert_eq!(engine.fastest(), Some(model("steady")));
    provider.script("quick", [answers_in(1.0)]);
    let mut requests = 0;
    while engine.fastest() != Some(model("quick")) {
        fast(&engine).await;
        requests += 1;
        assert!(requests < 1_500, "it is never found again");
    }
}

#[tokio::test(start_paused = true)]
async fn one_slow_first_sample_does_not_exile_a_model() {
    for slow in [5.0, 15.0, 30.0] {
        let first = answers_in(0.0).gap(seconds(slow / 2.0));
        let provider =
            scripted([("quick", vec![first, answers_in(1.0)]), ("steady", vec![answers_in(1.5)])]);
        let engine = primaries(&provider, &["quick", "steady"]);
        assert_eq!((fast(&engine).await, fast(&engine).await), ("quick".into(), "steady".into()));
        assert_eq!(engine.fastest(), Some(model("steady")), "the sample counts");
        let mut requests = 0;
        while engine.fastest() != Some(model("quick")) {
            fast(&engine).await;
            requests += 1;
            assert!(requests < 1_000, "it never regains its rank after {slow} s");
        }
        // Two saved looks, two of a hundred requests, and one to confirm a surprise.
        let looks = provider.calls_to("quick").len() - 1;
        let budget = 4 + requests / 50;
        assert!(looks <= budget, "{looks} looks in {requests} requests after {slow} s");
        for _ in 0..20 {
            fast(&engine).await;
        }
        assert_eq!(engine.fastest(), Some(model("quick")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_resting_model_is_not_the_fastest() {
    let provider = scripted([
        ("quick", vec![Step::error(ErrorKind::Overloaded)]),
        ("slow", vec![answers_in(2.0)]),
    ]);
    let engine = primaries(&provider, &["quick", "slow"]);
    measured(&engine, "quick", 0.5);
    measured(&engine, "slow", 2.0);
    assert_eq!(engine.fastest(), Some(model("quick")));
    fast(&engine).await;
    assert_eq!(engine.fastest(), Some(model("slow")));
}

fn known(log_ratio: f64, updated: Timestamp) -> ModelStatistics {
    let mut known = ModelStatistics::default();
    known.latency = Some(LatencyEstimate { log_ratio, updated });
    known.odds = Odds { successes: 3.0, failures: 0.0, updated };
    known.success_count = 3;
    known
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_process_learned_is_believed_less_the_older_it_is() {
    let now = Timestamp::from_unix(Duration::from_secs(1_700_000_000));
    let hours_ago =
        |hours: u64| Timestamp::from_unix(Duration::from_secs(1_700_000_000 - 3_600 * hours));
    let provider = scripted([]);
    let targets = ["a", "b", "c"].map(|name| target(&provider, name, Primary));
    let engine = Engine::new(settings(|s| s.now = now), targets.to_vec());
    engine.restore([
        (model("a"), known(1.0, hours_ago(0))),
        (model("b"), known(0.0, hours_ago(1))),
        (model("c"), known(-2.0, hours_ago(2))),
        (model("gone"), known(0.0, hours_ago(0))),
    ]);
    let ratio = |name: &str| statistics(&engine, name).latency.unwrap().log_ratio;
    assert!((ratio("a") - 1.0).abs() < 1e-9, "fresh");
    assert!((ratio("c") + 0.5).abs() < 1e-9, "after two half-lives a quarter of -2 is left");
    assert_eq!(engine.fastest(), Some(model("c")));
    assert_eq!(statistics(&engine, "a").success_count, 3);
}

#[tokio::test(start_paused = true)]
async fn what_lingers_behind_an_answer_is_not_the_models_time() {
    let mut provider = llm_core::MockProvider::new();
    provider.expect_stream().returning(|_, _| {
        use futures_util::{StreamExt, stream};
        let finish =
            llm_core::StreamEvent::Finish { reason: llm_core::FinishReason::Stop, native: None };
        let answer = [llm_core::StreamEvent::Text("a".to_owned()), finish].map(Ok);
        Ok(stream::iter(answer).chain(stream::pending()).boxed())
    });
    let engine = engine_of([target(&std::sync::Arc::new(provider), "p", Primary)]);
    let outcome = ask(&engine).await.unwrap();
    assert_about(outcome.elapsed(), 2.0, 0.01);
    assert_eq!(statistics(&engine, "p").last_response_time, Some(seconds(0.0)));
}
