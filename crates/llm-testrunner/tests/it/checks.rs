//! What a model is found able to do.

use std::sync::Arc;

use llm_core::{ErrorKind, ModelRole, ResponseFormat};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{Checks, Profile, Purpose, Status, Support};

use crate::support::{
    five, good_json, good_tool, json_answer, model, ms, options, paced, run_one, runner, standard,
    target, tool_call,
};

async fn check(json: Step, tools: Step) -> (Checks, Vec<String>) {
    let mut steps = vec![paced(ms(300), ms(50))];
    steps.extend(five(300));
    steps.extend([json, tools]);
    let report = run_one(steps, Profile::Standard).await;
    let one = model(&report, "acme/one");
    assert_eq!(one.status, Status::Ok, "checks say nothing about availability");
    let failures = one.failures.iter().map(|failure| failure.error_type.clone()).collect();
    (one.checks, failures)
}

#[tokio::test(start_paused = true)]
async fn right_answers_pass() {
    let (checks, failures) = check(good_json(), good_tool()).await;
    assert_eq!(
        (checks.json, checks.tools, checks.stream),
        (Support::Yes, Support::Yes, Support::Yes)
    );
    assert!(failures.is_empty());
}

#[tokio::test(start_paused = true)]
async fn json_has_three_grades() {
    let fenced = "Here you are:\n```json\n{\"city\": \"Paris\", \"population\": 2100000}\n```\n";
    for (text, expect, error_type) in [
        (fenced, Support::Fenced, "json_fenced"),
        ("Paris has 2100000 people.", Support::No, "invalid_json"),
        (r#"{"city": "Paris"}"#, Support::No, "invalid_json"),
        (r#"{"city": "Paris", "population": "many"}"#, Support::No, "invalid_json"),
        ("```\nnothing\n```", Support::No, "invalid_json"),
    ] {
        let (checks, failures) = check(json_answer(text), good_tool()).await;
        assert_eq!((checks.json, failures), (expect, vec![error_type.to_owned()]), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_call_needs_the_right_name_and_arguments() {
    for step in [
        Step::answer("It is sunny."),
        tool_call("get_time", r#"{"city": "Paris"}"#),
        tool_call("get_weather", r#"{"town": "Paris"}"#),
        tool_call("get_weather", "{\"city\": \"Par"),
    ] {
        let (checks, failures) = check(good_json(), step).await;
        assert_eq!((checks.tools, failures), (Support::No, vec!["bad_tool_call".to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_check_is_a_no_and_a_lost_one_is_unknown() {
    let (checks, _) =
        check(Step::error(ErrorKind::UnsupportedParam), Step::error(ErrorKind::ModelNotFound))
            .await;
    assert_eq!((checks.json, checks.tools), (Support::No, Support::No));
    let (checks, _) = check(Step::error(ErrorKind::RateLimited), Step::hang()).await;
    assert_eq!((checks.json, checks.tools), (Support::Unknown, Support::Unknown));
}

#[tokio::test(start_paused = true)]
async fn what_is_known_to_be_missing_costs_no_call() {
    let provider =
        Arc::new(ScriptedProvider::new("mock").with_model("acme/one", [paced(ms(300), ms(50))]));
    let mut bare = target(&provider, "acme/one", ModelRole::Primary);
    bare.capabilities.tools = Some(false);
    bare.capabilities.json_object = Some(false);
    bare.capabilities.streaming = Some(false);
    let report = runner(vec![bare], options(Profile::Standard)).test_all_models().await;
    let one = model(&report, "acme/one");
    assert_eq!(
        (one.checks.json, one.checks.tools, one.checks.stream),
        (Support::No, Support::No, Support::No)
    );
    assert_eq!(one.calls.len(), 6);
    assert!(provider.calls().iter().all(|call| !call.streamed));
}

#[tokio::test(start_paused = true)]
async fn a_model_called_without_streaming_is_asked_for_one_stream() {
    let mut steps = vec![paced(ms(300), ms(50)); 7];
    steps.extend([good_json(), good_tool()]);
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", steps));
    let mut whole = target(&provider, "acme/one", ModelRole::Primary);
    whole.stream = false;
    whole.capabilities.json_schema = Some(true);
    let report = runner(vec![whole], options(Profile::Standard)).test_all_models().await;
    let one = model(&report, "acme/one");
    let streamed: Vec<_> =
        one.calls.iter().filter(|call| call.streamed).map(|call| call.purpose).collect();
    assert_eq!((streamed, one.checks.stream), (vec![Purpose::Stream], Support::Yes));
    let formats = provider.calls().into_iter().filter_map(|call| call.request.response_format);
    let formats: Vec<_> = formats.collect();
    assert!(matches!(formats.as_slice(), [ResponseFormat::JsonSchema { .. }]));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_refuses_to_stream_does_not() {
    let mut steps = vec![paced(ms(300), ms(50)); 6];
    steps.extend([Step::error(ErrorKind::UnsupportedParam), good_json(), good_tool()]);
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", steps));
    let mut whole = target(&provider, "acme/one", ModelRole::Primary);
    whole.stream = false;
    let report = runner(vec![whole], options(Profile::Standard)).test_all_models().await;
    let one = model(&report, "acme/one");
    assert_eq!((one.status, one.checks.stream), (Status::Ok, Support::No));
    assert_eq!(
        (one.checks.json, one.checks.tools),
        (Support::Yes, Support::Yes),
        "the rest is asked"
    );
}

#[tokio::test(start_paused = true)]
async fn a_smoke_run_checks_nothing() {
    let report = run_one(standard(five(300)), Profile::Smoke).await;
    let checks = model(&report, "acme/one").checks;
    assert_eq!((checks.json, checks.tools), (Support::Unknown, Support::Unknown));
}
