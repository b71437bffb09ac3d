//! Answers that came and are of no use: which are not taken, and what a role can decide instead.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_core::{
    AttemptOutcome, ChatRequest, ChatResponse, ErrorKind, FinishReason, Outcome, ResponseFormat,
    Result, ToolCall,
};
use llm_strategies::{CallOptions, Engine, Fallback, Reaction, SoftFailure, Target};
use llm_testkit::fakes::{ScriptedProvider, Step};

use crate::support::*;

fn json_request() -> ChatRequest {
    let schema = serde_json::json!({
        "type": "object",
        "properties": {"age": {"type": "integer"}},
        "required": ["age"],
    });
    let (name, schema) = ("person".to_owned(), schema.into());
    let format = ResponseFormat::JsonSchema { name, schema, strict: true };
    ChatRequest::from("How old?").with_response_format(format)
}

fn reacting(
    provider: &Arc<ScriptedProvider>,
    name: &str,
    failure: SoftFailure,
    reaction: impl Into<Option<Reaction>>,
) -> Target {
    let mut target = target(provider, name, Primary);
    if let Some(reaction) = reaction.into() {
        target.reactions = target.reactions.with(failure, reaction);
    }
    target
}

async fn ask_for_json(engine: &Engine) -> Result<Outcome> {
    engine.generate(&Fallback, json_request(), &CallOptions::default()).await
}

/// What a chain of `a`, which says `said` with this reaction, and `b`, which says `{"age": 7}`,
/// makes of a request for JSON.
async fn check(said: &str, reaction: impl Into<Option<Reaction>>, expected: &str) {
    let answers = [Step::answer(said), Step::answer(said), Step::answer(said)];
    let provider = scripted([("a", answers.to_vec()), ("b", vec![Step::answer("{\"age\": 7}")])]);
    let first = reacting(&provider, "a", SoftFailure::InvalidJson, reaction);
    let engine = engine_of([first, target(&provider, "b", Reserve)]);
    let told = match ask_for_json(&engine).await {
        Ok(outcome) => format!("{} {}", story(&outcome.history.attempts), outcome.text()),
        Err(error) => format!("{} {}", story(error.attempts()), error.kind()),
    };
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn json_that_is_not_as_asked_goes_on_to_the_next_model() {
    for said in ["Seven.", "{\"age\": ", "{\"age\": \"seven\"}", "{}", "```json\n{\"age\": 7}\n```"]
    {
        check(said, None, "a:invalid_json b:ok {\"age\": 7}").await;
    }
    check("{\"age\": 8}", None, "a:ok {\"age\": 8}").await;
}

#[tokio::test(start_paused = true)]
async fn a_role_decides_what_json_that_is_not_as_asked_leads_to() {
    check("Seven.", Reaction::Fallback, "a:invalid_json b:ok {\"age\": 7}").await;
    check("Seven.", Reaction::Retry, "a:invalid_json a:invalid_json b:ok {\"age\": 7}").await;
    check("Seven.", Reaction::Fail, "a:invalid_json invalid_json").await;
    check("Seven.", Reaction::Accept, "a:ok Seven.").await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_checks_json_itself_gets_what_came() {
    let said = "```json\n{\"age\": 7}\n```";
    let provider = scripted([("a", vec![Step::answer(said)]), ("b", vec![Step::answer("{}")])]);
    let engine = engine(&provider, &[("a", Primary), ("b", Reserve)]);
    let mut options = CallOptions::default();
    options.check_json = false;
    let outcome = engine.generate(&Fallback, json_request(), &options).await.unwrap();
    assert_eq!((outcome.text().as_str(), called(&provider).as_str()), (said, "a"));
    let asked = &provider.calls_to("a")[0].request;
    assert!(asked.response_format.is_some(), "the model is still asked for JSON");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_nevertheless_says_what_is_wrong_with_it() {
    let provider = scripted([("a", vec![Step::answer("Seven.")])]);
    let first = reacting(&provider, "a", SoftFailure::InvalidJson, Reaction::Accept);
    let outcome = ask_for_json(&engine_of([first])).await.unwrap();
    let [attempt] = &outcome.history.attempts[..] else { panic!("one attempt") };
    assert_eq!(attempt.outcome, AttemptOutcome::Ok);
    assert_eq!(attempt.message.as_deref(), Some("taken although the answer is not JSON"));
}

#[tokio::test(start_paused = true)]
async fn alone_the_same_model_is_asked_for_json_once_more() {
    let answers = [Step::answer("Seven."), Step::answer("{\"age\": 7}")];
    let provider = scripted([("a", answers.to_vec())]);
    let outcome = ask_for_json(&engine(&provider, &[("a", Primary)])).await.unwrap();
    assert_eq!(story(&outcome.history.attempts), "a:invalid_json a:ok");
}

#[tokio::test(start_paused = true)]
async fn in_a_stream_that_was_handed_over_invalid_json_is_an_error_at_the_end() {
    let provider =
        scripted([("a", vec![Step::answer("Seven.")]), ("b", vec![Step::answer("{\"age\": 7}")])]);
    let engine = engine(&provider, &[("a", Primary), ("b", Reserve)]);
    let mut stream = engine.stream(Arc::new(Fallback), json_request(), CallOptions::default());
    let mut last = None;
    while let Some(event) = stream.next().await {
        last = Some(event);
    }
    let error = last.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.history().unwrap().partial), (ErrorKind::InvalidJson, true));
    assert_eq!(called(&provider), "a");
}

#[tokio::test(start_paused = true)]
async fn tool_arguments_that_are_no_json_pass_unless_a_role_refuses_them() {
    let mut call = ChatResponse::default();
    let arguments = "{bad".to_owned();
    call.message.tool_calls.push(ToolCall {
        name: "look".into(),
        arguments,
        ..ToolCall::default()
    });
    call.finish_reason = Some(FinishReason::ToolCalls);
    let ask = async |reaction: Option<Reaction>| {
        let steps = vec![Step::response(call.clone()), Step::response(call.clone())];
        let provider = scripted([("a", steps), ("b", vec![Step::answer("fine")])]);
        let first = reacting(&provider, "a", SoftFailure::InvalidToolArguments, reaction);
        let outcome = ask(&engine_of([first, target(&provider, "b", Reserve)])).await.unwrap();
        story(&outcome.history.attempts)
    };
    assert_eq!(ask(None).await, "a:ok");
    assert_eq!(ask(Some(Reaction::Fallback)).await, "a:invalid_tool_arguments b:ok");
    let retried = "a:invalid_tool_arguments a:invalid_tool_arguments b:ok";
    assert_eq!(ask(Some(Reaction::Retry)).await, retried);
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_or_a_cut_one_follows_its_role() {
    let ask = async |step: fn() -> Step, kind, reaction| {
        let provider = scripted([("a", vec![step(), step()]), ("b", vec![Step::answer("fine")])]);
        let first = reacting(&provider, "a", kind, reaction);
        match ask(&engine_of([first, target(&provider, "b", Reserve)])).await {
            Ok(outcome) => story(&outcome.history.attempts),
            Err(error) => story(error.attempts()),
        }
    };
    let empty = || Step::answer(" \n");
    let cut = || Step::text(["half"]).then_cut();
    let (is_empty, is_cut) = (SoftFailure::EmptyContent, SoftFailure::StreamCut);
    assert_eq!(ask(empty, is_empty, Reaction::Accept).await, "a:ok");
    assert_eq!(ask(empty, is_empty, Reaction::Fallback).await, "a:empty_content b:ok");
    assert_eq!(ask(empty, is_empty, Reaction::Fail).await, "a:empty_content");
    assert_eq!(ask(cut, is_cut, Reaction::Retry).await, "a:stream_cut a:stream_cut b:ok");
    assert_eq!(ask(cut, is_cut, Reaction::Fail).await, "a:stream_cut");
    assert_eq!(ask(cut, is_cut, Reaction::Accept).await, "a:stream_cut b:ok", "never a success");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_unless_refusals_fall_back() {
    let mut refusal = ChatResponse::default();
    refusal.message.refusal = Some("I will not".to_owned());
    refusal.finish_reason = Some(FinishReason::Stop);
    let ask = async |fallback| {
        let provider = scripted([
            ("a", vec![Step::response(refusal.clone())]),
            ("b", vec![Step::answer("fine")]),
        ]);
        let settings = settings(|s| s.fallback_on_refusal = fallback);
        let chain = [("a", Primary), ("b", Reserve)];
        let outcome = ask(&engine_with(settings, &provider, &chain)).await.unwrap();
        story(&outcome.history.attempts)
    };
    assert_eq!(ask(false).await, "a:ok");
    assert_eq!(ask(true).await, "a:content_policy b:ok");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_never_answers_as_asked_rests() {
    let provider = scripted([("a", vec![Step::answer("Seven."); 9])]);
    provider.script("b", vec![Step::answer("{\"age\": 7}"); 9]);
    let engine = engine(&provider, &[("a", Primary), ("b", Reserve)]);
    for _ in 0..3 {
        ask_for_json(&engine).await.unwrap();
    }
    assert!(!resting(&engine, "a").is_zero());
    let statistics = statistics(&engine, "a");
    assert_eq!((statistics.success_count, statistics.error_count), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_the_answer_when_nobody_says_anything_better() {
    let refusal = || {
        let mut refusal = ChatResponse::default();
        refusal.message.refusal = Some("I will not".to_owned());
        refusal.finish_reason = Some(FinishReason::Stop);
        Step::response(refusal)
    };
    let ask = async |second: Step| {
        let provider = scripted([("a", vec![refusal()]), ("b", vec![second])]);
        let settings = settings(|s| (s.fallback_on_refusal, s.retry_attempts) = (true, 0));
        let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
        let outcome = ask(&engine).await.unwrap();
        let refused = outcome.response.message.refusal.is_some();
        (story(&outcome.history.attempts), outcome.model().to_string(), refused)
    };
    let told = |story: &str, model: &str| (story.to_owned(), model.to_owned(), true);
    let failed = ask(Step::error(ErrorKind::Overloaded)).await;
    assert_eq!(failed, told("a:content_policy b:overloaded", "a"));
    assert_eq!(ask(refusal()).await, told("a:content_policy b:ok", "b"));
}

#[tokio::test(start_paused = true)]
async fn text_that_a_filter_cut_is_an_answer_even_when_refusals_fall_back() {
    let mut cut = ChatResponse::from_text("half of");
    cut.finish_reason = Some(FinishReason::ContentFilter);
    let provider = scripted([("a", vec![Step::response(cut)]), ("b", vec![Step::answer("b")])]);
    let settings = settings(|s| s.fallback_on_refusal = true);
    let engine = engine_with(settings, &provider, &[("a", Primary), ("b", Reserve)]);
    assert_eq!(ask(&engine).await.unwrap().text(), "half of");
}
