//! The mocks answer as told and count their calls.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use llm_core::{
    Answer, Candidate, ChatRequest, ChatResponse, Comparison, Error, ErrorKind, Evaluator,
    Executor, MockEvaluator, MockExecutor, MockProvider, MockStrategy, ModelInfo, ModelRef, Plan,
    Preference, Provider, ProviderId, Strategy, Verdict,
};

/// The result of a future that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a mock waits for nothing"),
    }
}

fn candidate() -> Candidate {
    Candidate::new(ModelRef::new("mock", "acme/swift-8b"), None)
}

#[test]
fn a_mocked_provider_answers_and_fails_as_told() {
    let mut provider = MockProvider::new();
    provider.expect_id().return_const(ProviderId::from("mock"));
    provider
        .expect_chat()
        .times(1)
        .withf(|model, request| *model == "acme/swift-8b" && !request.is_blank())
        .returning(|_, _| Ok(ChatResponse::from_text("Hello")));
    provider
        .expect_stream()
        .times(1)
        .returning(|_, _| Err(Error::new(ErrorKind::Overloaded, "the model has no capacity")));
    provider.expect_models().times(1).returning(|| Ok(vec![ModelInfo::new("acme/swift-8b")]));

    // Through a shared pointer and as an object, as the engine holds it.
    let provider: std::sync::Arc<dyn Provider> = std::sync::Arc::new(provider);
    let model = "acme/swift-8b".into();
    assert_eq!(*Provider::id(&provider), "mock");
    assert_eq!(now(provider.chat(&model, "Hi".into())).unwrap().text(), "Hello");
    let error = now(provider.stream(&model, "Hi".into())).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert_eq!(now(provider.models()).unwrap().len(), 1);
}

#[test]
fn a_mocked_strategy_sees_the_plan() {
    let mut strategy = MockStrategy::new();
    strategy.expect_name().return_const("mocked".to_owned());
    strategy.expect_run().times(1).returning(|_, plan| {
        let source = plan.candidates[0].model.clone();
        Ok(Answer::new(source, ChatResponse::from_text("Hello")))
    });
    let executor = MockExecutor::new();
    let plan = Plan::new(vec![candidate()]);
    let answer = now(Strategy::run(&strategy, &ChatRequest::from("Hi"), plan, &executor)).unwrap();
    assert_eq!(Strategy::name(&strategy), "mocked");
    assert_eq!(Strategy::models(&strategy), [], "a strategy needs no models of its own");
    assert_eq!(answer.source, candidate().model);
}

#[test]
fn a_mocked_executor_counts_what_an_evaluator_asks() {
    let mut executor = MockExecutor::new();
    executor.expect_remaining().return_const(Duration::from_secs(9));
    executor.expect_deliver().never();
    executor.expect_consult().times(1).returning(|_, _| Ok(ChatResponse::from_text("[[A>B]]")));
    let verdict = now(executor.consult(&candidate(), "Which is better?".into())).unwrap();
    assert_eq!(verdict.text(), "[[A>B]]");
    assert_eq!(executor.remaining(), Duration::from_secs(9));

    let mut evaluator = MockEvaluator::new();
    evaluator.expect_evaluate().times(1).returning(|comparison| {
        let preference =
            if comparison.judge.is_some() { Preference::FirstBetter } else { Preference::Tie };
        Ok(Verdict { score: preference.grade(), preferences: vec![Some(preference)] })
    });
    let answer = ChatResponse::from_text("Hello");
    let comparison = Comparison::new("Hi".into(), answer.clone(), answer).with_judge(candidate());
    let verdict = now(Evaluator::evaluate(&evaluator, &comparison, &executor)).unwrap();
    assert_eq!(verdict.score, 1);
}
