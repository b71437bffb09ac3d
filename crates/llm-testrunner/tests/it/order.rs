//! In which order calls are made, how many at once, and that no two are alike.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use llm_core::{Message, ModelRole};
use llm_testkit::fakes::{Call, ScriptedProvider};
use llm_testrunner::{Profile, RunOptions};

use crate::support::{model, ms, options, paced, runner, target};

const MODELS: [&str; 5] = ["a", "b", "c", "d", "e"];

async fn run(concurrency: u32, seed: u64) -> (Vec<Call>, llm_testrunner::Report) {
    let mut provider = ScriptedProvider::new("mock");
    for (index, name) in MODELS.iter().enumerate() {
        let first = ms(300 + 100 * u64::try_from(index).unwrap());
        provider = provider.with_model(*name, [paced(first, ms(10))]);
    }
    let provider = Arc::new(provider);
    let targets = MODELS.map(|name| target(&provider, name, ModelRole::Primary)).into();
    let options = RunOptions { concurrency, seed: Some(seed), ..options(Profile::Standard) };
    let report = runner(targets, options).test_all_models().await;
    (provider.calls(), report)
}

fn names(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.model.to_string()).collect()
}

fn most_at_once(calls: &[Call]) -> usize {
    let running = |at: Duration| {
        calls.iter().filter(|call| call.started <= at && at < call.ended.unwrap()).count()
    };
    calls.iter().map(|call| running(call.started)).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn models_take_turns() {
    let (calls, _) = run(1, 7).await;
    let names = names(&calls);
    assert_eq!(names.len(), 40);
    for round in names.chunks(MODELS.len()) {
        assert_eq!(round, &names[..MODELS.len()], "the same order every round");
    }
    assert_eq!(names[..MODELS.len()].iter().collect::<BTreeSet<_>>().len(), MODELS.len());
}

#[tokio::test(start_paused = true)]
async fn the_seed_decides_the_order() {
    let order = |calls: Vec<Call>| names(&calls)[..MODELS.len()].to_vec();
    let (first, again) = (order(run(1, 1).await.0), order(run(1, 1).await.0));
    assert_eq!(first, again);
    let mut orders = BTreeSet::new();
    for seed in 0..8 {
        orders.insert(order(run(1, seed).await.0));
    }
    assert!(orders.len() > 1);
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_never_exceeded() {
    for concurrency in 1..=5 {
        let (calls, _) = run(concurrency, 7).await;
        assert_eq!(most_at_once(&calls), usize::try_from(concurrency).unwrap());
    }
    let (calls, _) = run(64, 7).await;
    assert_eq!(most_at_once(&calls), MODELS.len(), "a model has one call at a time");
}

#[tokio::test(start_paused = true)]
async fn our_own_queue_is_measured_apart() {
    let (_, alone) = run(64, 7).await;
    let (_, crowded) = run(1, 7).await;
    for name in MODELS {
        assert_eq!(model(&alone, name).time, model(&crowded, name).time, "queueing is not latency");
    }
    assert_eq!(alone.totals.queued_calls, 0);
    assert_eq!(crowded.totals.queued_calls, 39, "all but the very first");
    assert!(crowded.notes.iter().any(|note| note.contains("39 of 40 calls waited")));
}

#[tokio::test(start_paused = true)]
async fn no_two_prompts_are_alike() {
    let (calls, _) = run(4, 7).await;
    let (others, _) = run(4, 8).await;
    let prompts = |calls: &[Call]| -> BTreeSet<String> {
        let text = |message: &Message| message.content()[0].as_text().unwrap().to_owned();
        calls.iter().map(|call| text(&call.request.messages[0])).collect()
    };
    let (prompts, others) = (prompts(&calls), prompts(&others));
    assert_eq!(prompts.len(), calls.len());
    assert!(prompts.is_disjoint(&others), "nor those of another run");
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_what_is_sent_and_calls_nobody() {
    let provider =
        Arc::new(ScriptedProvider::new("mock").with_model("a", [paced(ms(300), ms(10))]));
    let mut priced = target(&provider, "a", ModelRole::Primary);
    priced.price =
        Some(llm_core::Price::per_token("0.000001".parse().unwrap(), "0.000002".parse().unwrap()));
    let unpriced = target(&provider, "b", ModelRole::Reserve);
    let plan = runner(vec![priced, unpriced], options(Profile::Standard)).plan();
    assert_eq!((plan.calls, plan.output_tokens), (16, 16 * 96));
    assert_eq!(plan.unpriced, ["b"]);
    let ceiling = plan.cost_ceiling_usd.unwrap();
    assert!(ceiling > 8.0 * 96.0 * 0.000_002 && ceiling < 0.005, "{ceiling}");
    assert!(provider.calls().is_empty());
}
