//! The best candidate first, then the chain.

use llm_core::ErrorKind;
use llm_strategies::{Fallback, Single};
use llm_testkit::fakes::Step;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn the_fastest_primary_comes_first_then_the_chain() {
    let provider = scripted([
        ("slow", vec![Step::answer("fine").after(seconds(4.0))]),
        ("quick", vec![Step::answer("fine").after(seconds(1.0))]),
        ("d", vec![Step::answer("fine").after(seconds(0.1))]),
    ]);
    let engine = engine(&provider, &[("slow", Primary), ("quick", Primary), ("d", Duplicate)]);
    let single = Single::fastest();
    ask_with(&engine, &single).await.unwrap();
    ask_with(&engine, &single).await.unwrap();
    assert_eq!(called(&provider), "slow quick", "each is explored once");
    assert_eq!(*ask_with(&engine, &single).await.unwrap().model(), "quick");

    provider.script("quick", [Step::error(ErrorKind::ModelNotFound)]);
    provider.script("slow", [Step::error(ErrorKind::ModelNotFound)]);
    let outcome = ask_with(&engine, &single).await.unwrap();
    assert_eq!(story(outcome.attempts()), "quick:model_not_found slow:model_not_found d:ok");
}

#[tokio::test(start_paused = true)]
async fn the_default_model_comes_first_even_without_a_role() {
    let provider = scripted([
        ("p", vec![Step::answer("fine")]),
        ("r", vec![Step::answer("fine")]),
        ("spare", vec![Step::error(ErrorKind::UnsupportedParam)]),
    ]);
    let targets = || {
        [
            target(&provider, "p", Primary),
            target(&provider, "r", Reserve),
            target(&provider, "spare", None),
        ]
    };
    let start = |name| Single::starting_with(Some(model(name)));
    let engine = engine_of(targets());
    assert_eq!(*ask_with(&engine, &start("r")).await.unwrap().model(), "r");
    let spare = ask_with(&engine, &start("spare")).await.unwrap();
    assert_eq!(story(spare.attempts()), "spare:unsupported_param p:ok");
    assert_eq!(*ask_with(&engine, &Single::starting_with(None)).await.unwrap().model(), "p");
    assert_eq!(*ask_with(&engine, &start("unknown")).await.unwrap().model(), "p");

    let named = options(|o| o.model = Some(model("p")));
    let outcome = engine.generate(&start("r"), "Hi".into(), &named).await.unwrap();
    assert_eq!(*outcome.model(), "p", "a model named by the caller stays first");
}

#[tokio::test(start_paused = true)]
async fn a_default_model_without_a_role_is_tried_while_it_rests_if_nobody_else_is_there() {
    let provider =
        scripted([("spare", vec![Step::error(ErrorKind::Overloaded), Step::answer("back")])]);
    let settings = settings(|s| s.retry_attempts = 0);
    let engine = llm_strategies::Engine::new(settings, vec![target(&provider, "spare", None)]);
    let single = Single::starting_with(Some(model("spare")));
    assert!(ask_with(&engine, &single).await.is_err());
    assert_eq!(ask_with(&engine, &single).await.unwrap().text(), "back");
}

#[tokio::test(start_paused = true)]
async fn speed_is_ignored_by_the_configured_order() {
    let provider = scripted([
        ("slow", vec![Step::answer("fine").after(seconds(4.0))]),
        ("quick", vec![Step::answer("fine").after(seconds(1.0))]),
    ]);
    let engine = engine(&provider, &[("slow", Primary), ("quick", Primary)]);
    for _ in 0..3 {
        assert_eq!(*ask_with(&engine, &Fallback).await.unwrap().model(), "slow");
    }
}
