//! Callers who leave, and answers nobody waits for: what the other end of the connection sees.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, future::join_all};
use llm_core::{
    ChatRequest, ChatResponse, JudgementStatus, ModelId, ModelInfo, Provider, ProviderId,
    ResponseStream, Result, StreamEvent,
};
use llm_manager::{GenerateOptions, LlmManager, ProviderFactory, ProviderSetup};
use llm_openrouter::{OpenRouter, OpenRouterConfig};
use llm_testkit::simulator::{
    CallOutcome, Latency, LoggedCall, ModelScript, Reply, Simulator, SimulatorConfig,
};
use tokio::time::{sleep, timeout};

use super::{manager, rests, story, upstream, yaml};
use crate::support::config;

const MILLIS: fn(u64) -> Duration = Duration::from_millis;
/// How soon the upstream must see that nobody listens any more.
const SOON: Duration = Duration::from_millis(100);

/// How long after `moment` the client hung up on `call`.
#[track_caller]
fn left_after(call: &LoggedCall, moment: Duration) -> Duration {
    assert!(call.client_left(), "{call:?}");
    let lasted = call.ended.unwrap().saturating_sub(call.started);
    assert!(lasted >= moment, "{lasted:?}");
    lasted.saturating_sub(moment)
}

/// A model that answers after so long.
fn slow(name: &str, after: u64) -> ModelScript {
    let latency = Latency::Fixed(MILLIS(after));
    ModelScript::new(name).with_answer(format!("from {name}")).with_latency(latency)
}

#[tokio::test(start_paused = true)]
async fn j01_a_caller_who_leaves_hangs_up_on_the_upstream_and_blames_nobody() {
    for silent in [Reply::hang(), Reply::stall_after(0), Reply::stall_after(3)] {
        let simulator = upstream([ModelScript::new("a/slow").with_reply(silent.clone())]);
        let manager = manager(&simulator, "a/slow", "");
        for number in 1..=5 {
            timeout(MILLIS(200), manager.generate("Hi")).await.unwrap_err();
            // The manager lives: only the dropped call can have closed the connection.
            let calls = simulator.wait_for_ended(number).await;
            assert!(left_after(&calls[number - 1], MILLIS(200)) <= SOON, "{silent:?}");
        }
        assert!(!rests(&manager, "a/slow"), "{silent:?}");
        let known = manager.stats().into_values().next().unwrap();
        assert_eq!((known.success_count, known.error_count), (0, 5));
        assert!(known.odds.failures <= 0.0, "nobody is to blame");
        assert_eq!(simulator.calls().len(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn j02_a_caller_who_leaves_a_stream_hangs_up_on_the_upstream() {
    const ANSWER: &str = "one two three four five six seven";
    let model = slow("a/slow", 1_000).with_answer(ANSWER).with_pace(MILLIS(1_000));
    let simulator = upstream([model]);
    let manager = manager(&simulator, "a/slow, b/never", "");
    let mut stream = manager.stream("Hi", &GenerateOptions::default()).unwrap();
    let mut heard = String::new();
    let mut pieces = 0;
    while pieces < 3 {
        if let StreamEvent::Text(text) = stream.next().await.unwrap().unwrap() {
            heard.push_str(&text);
            pieces += 1;
        }
    }
    assert!(ANSWER.starts_with(&heard) && heard.len() < ANSWER.len(), "{heard}");
    assert!(stream.outcome().is_none());
    drop(stream);
    let calls = simulator.wait_for_ended(1).await;
    assert!(left_after(&calls[0], MILLIS(3_000)) <= SOON, "{:?}", calls[0]);
    sleep(Duration::from_secs(300)).await;
    assert_eq!(simulator.calls().len(), 1, "nothing is asked for somebody who left");
    assert!(!rests(&manager, "a/slow"));
    let stats = manager.stats();
    let known = stats.values().find(|known| known.error_count > 0).unwrap();
    assert_eq!((known.success_count, known.error_count), (0, 1));
    assert!(known.odds.failures <= 0.0);
}

#[tokio::test(start_paused = true)]
async fn i05_the_slower_of_two_is_hung_up_on_when_its_grace_is_over() {
    let cases = [
        (Reply::hang(), 1_000, 5_000),
        (Reply::stall_after(0), 1_000, 5_000),
        (Reply::stall_after(2), 8_000, 8_000),
    ];
    for (silent, winner, grace) in cases {
        let silent = ModelScript::new("b/silent").with_reply(silent);
        let simulator = upstream([slow("a/fine", winner), silent]);
        let two = "  parallel: { models: [a/fine, b/silent] }";
        let manager = manager(&simulator, "a/fine, b/silent", two);
        let options = GenerateOptions::default().with_use_parallel(true);
        let outcome = manager.generate_response("Hi", &options).await.unwrap();
        assert_eq!(outcome.text(), "from a/fine");
        assert_eq!(story(&outcome), "a/fine:ok b/silent:cancelled");
        let end = MILLIS(winner + grace);
        assert!(outcome.elapsed() >= end && outcome.elapsed() <= end + SOON, "{outcome:?}");
        let judgement = outcome.history.judgement.as_ref().unwrap();
        assert_eq!(judgement.status, JudgementStatus::Skipped);

        // The manager lives: only the dropped call can have closed the connection.
        simulator.wait_for_ended(2).await;
        let call = &simulator.calls_to("b/silent")[0];
        assert!(left_after(call, end) <= SOON, "{call:?}");
        assert_eq!(simulator.calls_to("a/fine")[0].outcome, Some(CallOutcome::Answered));
        drop(manager);
    }
}

#[tokio::test(start_paused = true)]
async fn i06_leaving_while_two_answer_or_the_judge_thinks_closes_every_connection() {
    let models = || [slow("a/one", 1_000), slow("b/two", 2_000), slow("c/judge", 3_000)];
    for (leaves, left) in
        [(500, &["a/one", "b/two"][..]), (1_500, &["b/two"]), (2_500, &["c/judge"])]
    {
        let simulator = upstream(models());
        let two = "  parallel: { models: [a/one, b/two], evaluator_model: c/judge }";
        let manager = manager(&simulator, "a/one, b/two, c/judge", two);
        let options = GenerateOptions::default().with_use_parallel(true);
        let asked = manager.generate_response("Hi", &options);
        timeout(MILLIS(leaves), asked).await.unwrap_err();
        let asked = simulator.calls().len();
        let calls = simulator.wait_for_ended(asked).await;
        let mut hung_up: Vec<&str> =
            calls.iter().filter(|call| call.client_left()).map(|call| &*call.model).collect();
        hung_up.sort_unstable();
        assert_eq!(hung_up, left, "left after {leaves} ms");
        sleep(Duration::from_secs(60)).await;
        assert_eq!(simulator.calls().len(), asked, "nobody is asked any more");
    }
}

/// A model that does anything, by chance.
fn moody(name: &str) -> ModelScript {
    slow(name, 300)
        .with_pace(MILLIS(100))
        .sometimes(0.1, Reply::status(500).after(MILLIS(200)))
        .sometimes(0.1, Reply::rate_limited(Some(1)))
        .sometimes(0.1, Reply::cut_after(3))
        .sometimes(0.1, Reply::stall_after(2))
        .sometimes(0.1, Reply::hang())
        .sometimes(0.1, Reply::close())
}

/// Makes providers that count the calls they are asked for, those too that never reach the
/// upstream because they are dropped while they connect.
#[derive(Clone, Debug, Default)]
struct Counted(Arc<AtomicU64>);

impl ProviderFactory for Counted {
    fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
        let config = OpenRouterConfig::new(setup.api_key.unwrap_or_default())
            .with_id(setup.id)
            .with_base_url(setup.base_url.unwrap_or_default());
        Ok(Arc::new(Counting { provider: OpenRouter::new(config)?, asked: Arc::clone(&self.0) }))
    }
}

#[derive(Debug)]
struct Counting {
    provider: OpenRouter,
    asked: Arc<AtomicU64>,
}

#[async_trait]
impl Provider for Counting {
    fn id(&self) -> &ProviderId {
        self.provider.id()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.provider.chat(model, request).await
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.provider.stream(model, request).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.provider.models().await
    }
}

#[tokio::test(start_paused = true)]
async fn j04_a_thousand_callers_that_leave_at_random_leave_nothing_behind() {
    let upstream = SimulatorConfig::default().with_seed(4).with_models([
        moody("a/moody"),
        moody("b/moody"),
        slow("c/fine", 500),
    ]);
    let simulator = Arc::new(Simulator::start(upstream).unwrap());
    let counted = Counted::default();
    let yaml = yaml(&simulator.base_url(), "a/moody, b/moody, c/fine", "").replacen(
        "openrouter: {",
        "openrouter: { kind: counted,",
        1,
    );
    let manager = LlmManager::builder()
        .config(config(&yaml))
        .provider_kind("counted", Arc::new(counted.clone()))
        .without_state()
        .build()
        .unwrap();
    let mut random = fastrand::Rng::with_seed(4);
    let callers = (0..1_000_u32).map(|number| {
        let (begin, stay) = (random.u64(0..60_000), random.u64(0..3_000));
        let manager = manager.clone();
        async move {
            sleep(MILLIS(begin)).await;
            let options = GenerateOptions::default().with_use_parallel(number % 3 == 0);
            if number % 2 == 0 {
                let _left = timeout(MILLIS(stay), manager.generate_response("Hi", &options)).await;
            } else {
                let stream = manager.stream("Hi", &options).unwrap();
                let _left = timeout(MILLIS(stay), stream.count()).await;
            }
        }
    });
    join_all(callers).await;

    let calls = simulator.calls().len();
    assert!(calls > 1_000, "{calls}");
    let calls = simulator.wait_for_ended(calls).await;
    assert!(calls.iter().any(LoggedCall::client_left));
    let known = manager.stats();
    let told: u64 = known.values().map(|known| known.success_count + known.error_count).sum();
    let asked = counted.0.load(Ordering::Relaxed);
    assert_eq!(told, asked, "every call is accounted for once");
    assert!(asked >= u64::try_from(calls.len()).unwrap(), "{asked} of {}", calls.len());

    sleep(Duration::from_secs(700)).await;
    simulator.set_model(slow("a/moody", 10));
    assert_eq!(manager.generate("Hi").await.unwrap().model(), "a/moody", "no probe is left behind");
    assert_eq!(simulator.calls().len(), calls.len() + 1);
}
