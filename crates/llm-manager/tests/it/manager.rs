//! What a caller of the manager sees.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use llm_core::{ErrorKind, ExclusionReason, MockStrategy, ModelRef, Observation, StreamEvent};
use llm_manager::{BuildError, GenerateOptions, LlmManager, config::StrategyName};
use llm_testkit::fakes::{ScriptedProvider, Step};

use crate::support::{FOUR, builder, config, manager};

fn healthy() -> Arc<ScriptedProvider> {
    let names = ["acme/swift", "acme/sage", "boreal/owl", "tiny/mouse", "acme/judge"];
    let provider = ScriptedProvider::new("lab");
    for name in names {
        provider.script(name, [Step::answer(format!("I am {name}"))]);
    }
    Arc::new(provider)
}

#[tokio::test(start_paused = true)]
async fn a_question_is_answered_with_the_story_of_the_answer() {
    let provider = healthy();
    provider.script("acme/swift", [Step::error(ErrorKind::Overloaded)]);
    let manager = manager(FOUR, &provider);
    let options = GenerateOptions::default().with_strategy(StrategyName::Fallback);
    let outcome = manager.generate_response("Привет", &options).await.unwrap();
    assert_eq!(outcome.text(), "I am acme/sage");
    assert_eq!(outcome.model(), &"acme/sage");
    assert_eq!(outcome.history.strategy, "fallback");
    let story: Vec<_> = outcome
        .attempts()
        .iter()
        .map(|attempt| (attempt.model.as_str(), attempt.outcome.as_str()))
        .collect();
    assert_eq!(story, [("acme/swift", "overloaded"), ("acme/sage", "ok")]);
    let stats = manager.stats();
    assert_eq!(stats[&ModelRef::new("lab", "acme/swift")].error_count, 1);
    assert_eq!(stats[&ModelRef::new("lab", "acme/sage")].success_count, 1);
}

#[tokio::test(start_paused = true)]
async fn models_to_avoid_are_named_like_any_other() {
    let provider = healthy();
    let manager = manager(FOUR, &provider);
    let avoid = |names: &[&str]| GenerateOptions::default().with_avoid(names.iter().copied());
    let options = avoid(&["acme/swift"]).with_avoid(["lab:acme/sage"]);
    let outcome = manager.generate_response("Hi", &options).await.unwrap();
    assert_eq!(outcome.model(), &"boreal/owl");
    let left_out: Vec<_> = outcome.history.excluded.iter().map(|left| &left.reason).collect();
    assert_eq!(left_out, [&ExclusionReason::Avoided, &ExclusionReason::Avoided]);

    let unknown = manager.generate_response("Hi", &avoid(&["acme/swifd"])).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::ModelNotFound);
    let both = avoid(&["lab:acme/swift"]).with_model("acme/swift");
    let error = manager.generate_response("Hi", &both).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test(start_paused = true)]
async fn a_named_model_goes_first_and_alone_without_fallback() {
    let provider = healthy();
    let manager = manager(FOUR, &provider);
    let named = GenerateOptions::default().with_model("tiny/mouse");
    assert_eq!(manager.generate_response("Hi", &named).await.unwrap().model(), &"tiny/mouse");

    provider.script("tiny/mouse", [Step::error(ErrorKind::UpstreamServer)]);
    let outcome = manager.generate_response("Hi", &named).await.unwrap();
    assert_ne!(outcome.model(), &"tiny/mouse");
    assert_eq!(outcome.attempts()[0].model, "tiny/mouse");

    let alone = named.without_fallback();
    let error = manager.generate_response("Hi", &alone).await.unwrap_err();
    assert_eq!(error.attempts().len(), 1);
    assert_eq!(error.kind(), ErrorKind::UpstreamServer);
}

#[tokio::test(start_paused = true)]
async fn use_fastest_asks_the_fastest_and_otherwise_the_default_model() {
    let provider = healthy();
    let yaml = FOUR.replace("llm:\n", "llm:\n  default_model: acme/sage\n");
    let manager = manager(&yaml, &provider);
    assert_eq!(manager.fastest_model(), None, "nothing was measured yet");
    for (model, seconds) in [("acme/swift", 1), ("acme/sage", 9)] {
        let at = manager.now();
        let elapsed = Duration::from_secs(seconds);
        let observation =
            Observation::Success { at, elapsed, first_token: None, output_tokens: 20 };
        manager.record(&ModelRef::new("lab", model), &observation);
    }
    assert_eq!(manager.fastest_model(), Some(ModelRef::new("lab", "acme/swift")));
    let fastest = GenerateOptions::default().with_strategy(StrategyName::Single);
    let outcome = manager.generate_response("Hi", &fastest).await.unwrap();
    assert_eq!(outcome.model(), &"acme/swift");
    let default = fastest.with_use_fastest(false);
    let outcome = manager.generate_response("Hi", &default).await.unwrap();
    assert_eq!(outcome.model(), &"acme/sage");
}

#[tokio::test(start_paused = true)]
async fn use_parallel_asks_two_at_once_and_a_third_judges() {
    let provider = healthy();
    provider.script("boreal/owl", [Step::answer("[[A>>B]]")]);
    let manager = manager(FOUR, &provider);
    let options = GenerateOptions::default().with_use_parallel(true);
    let outcome = manager.generate_response("Which?", &options).await.unwrap();
    assert_eq!(outcome.history.strategy, "best_of_two");
    let judgement = outcome.history.judgement.unwrap();
    assert_eq!(judgement.judge, Some(ModelRef::new("lab", "boreal/owl")));
    assert_eq!(judgement.winner.model, outcome.source.model);
    let loser = judgement.loser.unwrap();
    let mut both = [judgement.winner.model.as_str(), loser.model.as_str()];
    both.sort_unstable();
    assert_eq!(both, ["acme/sage", "acme/swift"]);
}

#[tokio::test(start_paused = true)]
async fn a_judge_without_a_role_can_be_configured() {
    let provider = healthy();
    provider.script("acme/judge", [Step::answer("[[B>>A]]")]);
    let yaml = FOUR.replace(
        "  model_roles:",
        "  strategy: best_of_two\n  parallel: { evaluator_model: acme/judge }\n  model_roles:",
    );
    let outcome = manager(&yaml, &provider).generate("Which?").await.unwrap();
    let judge = outcome.history.judgement.unwrap().judge;
    assert_eq!(judge, Some(ModelRef::new("lab", "acme/judge")));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_outcome() {
    let provider = healthy();
    provider.script("acme/swift", [Step::text(["Hel", "lo"])]);
    let manager = manager(FOUR, &provider);
    let named = GenerateOptions::default().with_model("acme/swift");
    let mut stream = manager.stream("Hi", &named).unwrap();
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(more) = event.unwrap() {
            text.push_str(&more);
        }
    }
    assert_eq!(text, "Hello");
    assert_eq!(stream.outcome().unwrap().text(), "Hello");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_model_is_refused_with_the_nearest_name() {
    let manager = manager(FOUR, &healthy());
    let error = manager.resolve("acme/swift-").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    insta::assert_snapshot!(error, @"model_not_found: no provider serves `acme/swift-`; did you mean `acme/swift`?");
    let options = GenerateOptions::default().with_model("nobody/knows");
    assert!(manager.generate_response("Hi", &options).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_provider_without_a_list_serves_any_model_that_is_named() {
    let provider = healthy();
    provider.script("new/model", [Step::answer("here")]);
    let yaml = "
llm: { model_roles: { primary: [acme/swift] } }
providers: { lab: { kind: fake } }
";
    let manager = manager(yaml, &provider);
    let options = GenerateOptions::default().with_model("new/model");
    let outcome = manager.generate_response("Hi", &options).await.unwrap();
    assert_eq!((outcome.text().as_str(), outcome.model().as_str()), ("here", "new/model"));
    let plain = manager.generate("Hi").await.unwrap();
    assert_eq!(plain.model(), &"acme/swift", "a model that was named once holds no role");
}

#[test]
fn a_name_that_is_no_id_is_not_asked_for() {
    let yaml = "
llm: { model_roles: { primary: [acme/swift] } }
providers: { lab: { kind: fake } }
";
    let manager = manager(yaml, &healthy());
    for name in ["", " ", "q/x\u{1b}[31mred\nWARN forged"] {
        let error = manager.resolve(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelNotFound);
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
    assert!(manager.resolve("q/ключ").is_ok());
}

#[tokio::test(start_paused = true)]
async fn k10_the_models_callers_can_name_have_an_end() {
    let provider = healthy();
    let yaml = "
llm: { model_roles: { primary: [acme/swift] } }
providers: { lab: { kind: fake } }
";
    let manager = manager(yaml, &provider);
    let named = |number: u32| GenerateOptions::default().with_model(format!("new/{number}"));
    for number in 1..2_000 {
        drop(manager.stream("Hi", &named(number)).unwrap());
    }
    for number in 2_000..100_000 {
        let refused = manager.stream("Hi", &named(number)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NoUsableModel);
    }
    let error = manager.stream("Hi", &named(2_000)).unwrap_err();
    insta::assert_snapshot!(error, @"no_usable_model: too many different models were named: list `new/2000` under `models` of its provider");
    manager.stream("Hi", &named(1)).unwrap();
    assert_eq!(manager.models().len(), 2_000);
}

#[cfg(feature = "openrouter")]
#[tokio::test(start_paused = true)]
async fn a_missing_key_and_a_switched_off_model_are_reasons_and_no_errors() {
    use llm_core::ExclusionReason;

    let yaml = "
llm: { retry_attempts: 0, model_roles: { primary: [hosted/one, off/two], duplicate: [acme/swift] } }
providers:
  openrouter: { models: [hosted/one] }
  lab: { kind: fake, models: [{ name: off/two, enabled: false }, acme/swift] }
";
    let manager = manager(yaml, &healthy());
    let outcome = manager.generate("Hi").await.unwrap();
    assert_eq!(outcome.model(), &"acme/swift");
    let reasons: Vec<_> =
        outcome.history.excluded.iter().map(|left| (left.model.as_str(), &left.reason)).collect();
    let key = ExclusionReason::MissingKey(Some("OPENROUTER_API_KEY".to_owned()));
    assert_eq!(reasons, [("hosted/one", &key), ("off/two", &ExclusionReason::Disabled)]);
}

#[cfg(feature = "openrouter")]
#[tokio::test(start_paused = true)]
async fn nothing_usable_is_an_error_that_says_what_to_do() {
    let yaml = "
llm: { model_roles: { primary: [hosted/one] } }
providers: { openrouter: {} }
";
    let error = manager(yaml, &healthy()).generate("Hi").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoUsableModel);
    assert!(error.to_string().contains("set OPENROUTER_API_KEY"), "{error}");
    assert!(error.attempts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_strategy_of_ones_own_is_asked_once() {
    let mut strategy = MockStrategy::new();
    strategy.expect_name().return_const("own".to_owned());
    strategy.expect_run().times(1).returning(|_, plan| {
        let first = plan.candidates.first().unwrap().model.clone();
        Ok(llm_core::Answer::new(first, llm_core::ChatResponse::from_text("mine")))
    });
    let manager = manager(FOUR, &healthy());
    let options = GenerateOptions::default();
    let outcome = manager.generate_with(&strategy, "Hi", &options).await.unwrap();
    assert_eq!((outcome.text().as_str(), outcome.history.strategy.as_str()), ("mine", "own"));
}

#[test]
fn a_kind_nobody_knows_is_named_with_those_there_are() {
    let yaml = "
llm: { model_roles: { primary: [a/b] } }
providers: { lab: { kind: own, models: [a/b] } }
";
    let error = LlmManager::builder().config(config(yaml)).without_state().build().unwrap_err();
    assert!(matches!(error, BuildError::UnknownKind { .. }));
    assert!(error.to_string().contains("no kind `own`, it has "), "{error}");
}

#[test]
fn a_manager_can_be_sent_shared_and_made_without_a_runtime() {
    fn check<T: Send + Sync + Clone + 'static>(_: &T) {}
    check(&builder(FOUR, &healthy()).without_state().build().unwrap());
}
