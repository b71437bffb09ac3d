//! What the tests share: targets of fakes, a clock, steps that answer.

use std::{sync::Arc, time::Duration};

use llm_core::{
    ChatResponse, Error, ErrorKind, FinishReason, ModelRef, ModelRole, Provider, Timestamp,
    ToolCall, Usage,
};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{LlmTestRunner, ModelReport, Profile, Report, RunOptions, TestTarget};
use tokio::time::Instant;

/// 2026-01-01T12:00:00Z.
pub(crate) const NOON: Duration = Duration::from_secs(1_767_268_800);

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A clock that starts at noon and follows simulated time.
pub(crate) fn clock() -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let began = Instant::now();
    move || Timestamp::from_unix(NOON).plus(began.elapsed())
}

/// An answer of eleven tokens: the first after `first`, one every `gap`.
pub(crate) fn paced(first: Duration, gap: Duration) -> Step {
    Step::text(["A ", "lighthouse ", "guides ", "ships ", "at ", "night ", "and ", "in ", "fog."])
        .with_usage(Usage::of(20, 11))
        .after(first)
        .gap(gap)
}

pub(crate) fn json_answer(text: &str) -> Step {
    Step::answer(text)
}

pub(crate) fn good_json() -> Step {
    json_answer(r#"{"city": "Paris", "population": 2100000}"#)
}

pub(crate) fn tool_call(name: &str, arguments: &str) -> Step {
    let mut response = ChatResponse::default();
    response.message.tool_calls.push(ToolCall {
        id: "call-1".to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    });
    response.finish_reason = Some(FinishReason::ToolCalls);
    Step::response(response)
}

pub(crate) fn good_tool() -> Step {
    tool_call("get_weather", r#"{"city": "Paris"}"#)
}

/// The steps of a standard run: warm-up, `chats`, JSON, tools.
pub(crate) fn standard(chats: impl IntoIterator<Item = Step>) -> Vec<Step> {
    let mut steps = vec![paced(ms(900), ms(50))];
    steps.extend(chats);
    steps.extend([good_json(), good_tool()]);
    steps
}

/// Five calls whose times spread a little around `first` plus half a second.
pub(crate) fn five(first: u64) -> Vec<Step> {
    (0..5).map(|call| paced(ms(first + 7 * call), ms(50))).collect()
}

pub(crate) fn failing(kind: ErrorKind, status: u16, message: &str) -> Step {
    Step::fail(
        Error::new(kind, "the provider refused").with_upstream_message(message).with_status(status),
    )
}

pub(crate) fn target(
    provider: &Arc<ScriptedProvider>,
    model: &str,
    role: impl Into<Option<ModelRole>>,
) -> TestTarget {
    let served = Arc::clone(provider) as Arc<dyn Provider>;
    TestTarget::new(ModelRef::new(provider.id().clone(), model), Ok(served), role.into())
}

pub(crate) fn options(profile: Profile) -> RunOptions {
    RunOptions { profile, seed: Some(7), ..RunOptions::default() }
}

pub(crate) fn runner(targets: Vec<TestTarget>, options: RunOptions) -> LlmTestRunner {
    LlmTestRunner::with_targets(targets, clock()).with_options(options)
}

/// Runs one primary model through `steps`.
pub(crate) async fn run_one(steps: Vec<Step>, profile: Profile) -> Report {
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("acme/one", steps));
    let target = target(&provider, "acme/one", ModelRole::Primary);
    runner(vec![target], options(profile)).test_all_models().await
}

pub(crate) fn model<'a>(report: &'a Report, name: &str) -> &'a ModelReport {
    report.models.iter().find(|model| model.model == name).expect("the model is in the report")
}
