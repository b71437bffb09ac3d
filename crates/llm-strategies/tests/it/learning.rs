//! What is learned of models while the engine works.

use std::sync::Arc;

use llm_core::{Capabilities, ChatRequest, ErrorKind, Price, Tool};
use llm_strategies::{BestOfTwo, CallOptions, Engine, Fallback, LlmEvaluator};
use llm_testkit::fakes::Step;
use rust_decimal::Decimal;
use tokio::time::sleep;

use crate::support::*;

fn learn(engine: &Engine, name: &str, change: impl FnOnce(&mut Capabilities)) {
    let mut capabilities = Capabilities::default();
    change(&mut capabilities);
    engine.learn([(model(name), capabilities, None)]);
}

#[tokio::test(start_paused = true)]
async fn the_next_request_is_planned_by_what_was_learned() {
    let provider = scripted([("a", vec![Step::answer("a")]), ("b", vec![Step::answer("b")])]);
    let engine = engine(&provider, &[("a", Primary), ("b", Reserve)]);
    let tools = || ChatRequest::from("Hi").with_tools([Tool::new("look", serde_json::json!({}))]);
    engine.generate(&Fallback, tools(), &CallOptions::default()).await.unwrap();
    learn(&engine, "a", |can| can.tools = Some(false));
    engine.generate(&Fallback, tools(), &CallOptions::default()).await.unwrap();
    learn(&engine, "a", |_| {});
    engine.generate(&Fallback, tools(), &CallOptions::default()).await.unwrap();
    assert_eq!(called(&provider), "a b a");
    let known = engine.targets().into_iter().map(|target| target.model);
    assert_eq!(known.collect::<Vec<_>>(), [model("a"), model("b")], "the chain is the same");
    learn(&engine, "nobody", |_| {});
    assert!(!engine.knows(&model("nobody")));
}

#[tokio::test(start_paused = true)]
async fn a_request_in_flight_keeps_what_it_began_with() {
    let too_long = || vec![Step::error(ErrorKind::ContextLength).after(seconds(2.0))];
    let provider = scripted([("a", too_long()), ("b", too_long()), ("c", vec![Step::answer("c")])]);
    let primary = |name| {
        let mut small = target(&provider, name, Primary);
        small.capabilities.context_window = Some(1_000);
        small
    };
    let engine = engine_of([primary("a"), primary("b"), target(&provider, "c", Reserve)]);
    let learned = async {
        sleep(seconds(1.0)).await;
        learn(&engine, "c", |can| can.context_window = Some(500));
    };
    let two = BestOfTwo::new(Arc::new(LlmEvaluator::new(1)));
    let (outcome, ()) = tokio::join!(ask_with(&engine, &two), learned);
    assert_eq!(outcome.unwrap().text(), "c");
    let error = ask_with(&engine, &two).await.unwrap_err();
    assert_eq!(called(&provider), "a b c a b", "the next one knows: {error}");
}

#[tokio::test(start_paused = true)]
async fn facts_may_be_made_of_what_the_engine_knows_while_it_learns() {
    let provider = scripted([("a", vec![Step::answer("a")]), ("b", vec![Step::answer("b")])]);
    let engine = Arc::new(engine(&provider, &[("a", Primary), ("b", Reserve)]));
    let (done, learned) = std::sync::mpsc::channel();
    let teacher = Arc::clone(&engine);
    std::thread::spawn(move || {
        let known = [model("a"), model("b")].into_iter().filter(|name| teacher.knows(name));
        let mut blind = Capabilities::default();
        blind.images = Some(false);
        teacher.learn(known.map(|name| (name, blind.clone(), None)));
        done.send(()).unwrap();
    });
    let limit = std::time::Duration::from_secs(10);
    learned.recv_timeout(limit).expect("it waits for itself");
    let blind = |target: &llm_strategies::Target| target.capabilities.images == Some(false);
    assert!(engine.targets().iter().all(blind));
}

#[tokio::test(start_paused = true)]
async fn what_calls_have_shown_outlives_what_is_learned() {
    let provider = scripted([("a", vec![Step::error(ErrorKind::Overloaded)])]);
    let engine = engine(&provider, &[("a", Primary)]);
    ask(&engine).await.unwrap_err();
    let (rest, known) = (resting(&engine, "a"), statistics(&engine, "a"));
    assert!(!rest.is_zero() && known.error_count > 0);
    learn(&engine, "a", |can| can.tools = Some(true));
    assert_eq!((resting(&engine, "a"), statistics(&engine, "a")), (rest, known));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_turns_out_to_be_free_is_asked_without_credit() {
    let broke = Step::error(ErrorKind::QuotaExhausted);
    let provider = scripted([("paid", vec![broke]), ("free", vec![Step::answer("fine")])]);
    let engine = engine(&provider, &[("paid", Primary), ("free", Reserve)]);
    ask(&engine).await.unwrap_err();
    assert_eq!(called(&provider), "paid");
    let free = Price::per_token(Decimal::ZERO, Decimal::ZERO);
    engine.learn([(model("free"), Capabilities::default(), Some(free))]);
    ask(&engine).await.unwrap();
    assert_eq!(called(&provider), "paid free");
}
