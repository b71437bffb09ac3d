//! The conformance suite passes what conforms, and notices each breach.

use std::{future, time::Duration};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use llm_core::{
    AssistantMessage, ChatRequest, ChatResponse, Error, ErrorKind, FinishReason, Message, ModelId,
    ModelInfo, Provider, ProviderId, ResponseFormat, ResponseStream, Result, Retry, StreamEvent,
    Tool, ToolCall, Usage,
};
use llm_testkit::{
    conformance::{self, Failure, Fixture, Upstream},
    fakes::{Call, EchoProvider, ScriptedProvider, Step},
};
use tokio::task::yield_now;

const KEY: &str = "sk-test-000";
const WAIT: Duration = Duration::from_secs(2);

/// What a provider does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breach {
    None,
    SaysNothing,
    SaysSomethingElse,
    StreamSaysNothing,
    TellsNoUsage,
    IgnoresLimits,
    ListsNothing,
    CallsNoTool,
    BreaksArguments,
    LosesTools,
    AnswersInProse,
    LosesJson,
    RefusesObjectsDarkly,
    CallsOneTool,
    CallsTwiceWithOneId,
    IgnoresResults,
    SpoilsStreamedArguments,
    ThinksAloud,
    LosesImages,
    LosesSampling,
    RefusesSamplingDarkly,
    TellsNoLimit,
    SlowlySaysLess,
    ErrsInKind,
    AnswersErrors,
    ForgetsHint,
    ForgetsOrigin,
    TellsKey,
    TellsAddress,
    CutIsSuccess,
    LosesText,
    GoesOnAfterError,
    Retries,
    GivesUpWaiting,
    RunsOn,
    NeverEnds,
}

/// A provider and its upstream in one, with one breach.
#[derive(Debug)]
struct Sample {
    breach: Breach,
    inner: ScriptedProvider,
}

impl Sample {
    fn new(breach: Breach) -> Self {
        Self { breach, inner: ScriptedProvider::new("sample") }
    }

    fn has(&self, breach: Breach) -> bool {
        self.breach == breach
    }

    fn answer(&self, request: &ChatRequest, stream: bool) -> Step {
        let mut response = ChatResponse::from_text(match self.breach {
            Breach::SaysNothing => "",
            Breach::StreamSaysNothing if stream => "",
            Breach::SaysSomethingElse => "Goodbye.",
            _ => "Hello there.",
        });
        if request.sampling.max_tokens == Some(1) && !self.has(Breach::IgnoresLimits) {
            response.finish_reason = Some(FinishReason::Length);
        }
        if request.response_format.is_some() && !self.has(Breach::AnswersInProse) {
            response.message.content = vec!["{\"city\": \"Oslo\"}".into()];
        }
        if request.reasoning.is_some() {
            response.message.reasoning = Some("Let me see.".to_owned());
            if self.has(Breach::ThinksAloud) {
                response.message.content.push("Let me see.".into());
            }
        }
        let answered = matches!(request.messages.last(), Some(Message::Tool { .. }))
            && !self.has(Breach::IgnoresResults);
        if !request.tools.is_empty() && !answered && !self.has(Breach::CallsNoTool) {
            response.message = AssistantMessage {
                tool_calls: self.tool_calls(request, stream),
                ..AssistantMessage::default()
            };
            response.finish_reason = Some(FinishReason::ToolCalls);
        }
        let step = Step::response(response);
        if self.has(Breach::TellsNoUsage) { step } else { step.with_usage(Usage::of(3, 5)) }
    }

    fn tool_calls(&self, request: &ChatRequest, stream: bool) -> Vec<ToolCall> {
        let broken = self.has(Breach::BreaksArguments);
        let spoilt = stream && self.has(Breach::SpoilsStreamedArguments);
        let arguments = match (broken, spoilt) {
            (true, _) => "{\"city\": ",
            (_, true) => "{\"city\": \"Rome\"}",
            _ => "{\"city\": \"Oslo\"}",
        };
        let most = if self.has(Breach::CallsOneTool) { 1 } else { 2 };
        let call = |(index, tool): (usize, &Tool)| ToolCall {
            id: if self.has(Breach::CallsTwiceWithOneId) {
                "call".to_owned()
            } else {
                format!("call_{index}")
            },
            name: tool.name.clone(),
            arguments: arguments.to_owned(),
        };
        request.tools.iter().enumerate().take(most).map(call).collect()
    }

    fn step(&self, model: &ModelId, request: &ChatRequest, stream: bool) -> Step {
        let refused = |lost| {
            if self.has(lost) {
                self.answer(&ChatRequest::from("hello"), stream)
            } else {
                Step::error(ErrorKind::UnsupportedParam)
            }
        };
        match model.as_str() {
            "mock/no-tools" if !request.tools.is_empty() => refused(Breach::LosesTools),
            "mock/no-json"
                if self.has(Breach::RefusesObjectsDarkly)
                    && request.response_format == Some(ResponseFormat::JsonObject) =>
            {
                Step::error(ErrorKind::Unexpected)
            }
            "mock/no-json" if request.response_format.is_some() => refused(Breach::LosesJson),
            "mock/blind" if request.has_images() => refused(Breach::LosesImages),
            "mock/healthy" if request.sampling.top_k.is_some() => match self.breach {
                Breach::LosesSampling => self.answer(request, stream),
                Breach::RefusesSamplingDarkly => Step::error(ErrorKind::Unexpected),
                _ => Step::error(ErrorKind::UnsupportedParam),
            },
            "mock/slow" if self.has(Breach::SlowlySaysLess) => Step::answer("Hello"),
            "mock/limited" if self.has(Breach::TellsNoLimit) => Step::error(ErrorKind::RateLimited),
            "mock/limited" => {
                let limit = Error::new(ErrorKind::RateLimited, "busy");
                Step::fail(limit.with_retry(Retry::After(WAIT)))
            }
            "mock/busy" => self.busy(),
            "mock/cut" if self.has(Breach::CutIsSuccess) => Step::answer("Hello"),
            "mock/cut" if self.has(Breach::LosesText) => Step::error(ErrorKind::StreamCut),
            "mock/cut" => Step::text(["Hello"]).then_cut(),
            "mock/error-inside" => Step::text(["Hello"]).then_error(ErrorKind::UpstreamMidError),
            "mock/hangs" if self.has(Breach::GivesUpWaiting) => {
                Step::error(ErrorKind::FirstTokenTimeout)
            }
            "mock/hangs" => Step::hang(),
            "mock/stalls" => Step::text(["Hello"]).then_hang(),
            _ if self.has(Breach::NeverEnds) => Step::hang(),
            _ => self.answer(request, stream),
        }
    }

    fn busy(&self) -> Step {
        let kind = match self.breach {
            Breach::ErrsInKind => ErrorKind::Unexpected,
            _ => ErrorKind::RateLimited,
        };
        let error = Error::new(
            kind,
            match self.breach {
                Breach::TellsKey => "the key sk-test-000 is busy",
                Breach::TellsAddress => "https://internal.example is busy",
                _ => "busy",
            },
        );
        match self.breach {
            Breach::AnswersErrors => Step::answer("Hello"),
            Breach::ForgetsHint => Step::fail(error),
            _ => Step::fail(error.with_retry(Retry::After(WAIT))),
        }
    }

    fn spoil(&self, error: Error) -> Error {
        if self.has(Breach::ForgetsOrigin) {
            let bare = Error::new(error.kind(), error.message());
            return error.retry().into_iter().fold(bare, Error::with_retry);
        }
        error
    }
}

#[async_trait]
impl Provider for Sample {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    async fn chat(&self, model: &ModelId, request: ChatRequest) -> Result<ChatResponse> {
        self.inner.script(model.clone(), [self.step(model, &request, false)]);
        let result = self.inner.chat(model, request.clone()).await;
        if result.is_err() && self.has(Breach::Retries) {
            return self.inner.chat(model, request).await;
        }
        let cut = model == "mock/cut" && self.has(Breach::CutIsSuccess);
        if cut { Ok(ChatResponse::from_text("Hello")) } else { result.map_err(|e| self.spoil(e)) }
    }

    async fn stream(&self, model: &ModelId, request: ChatRequest) -> Result<ResponseStream> {
        self.inner.script(model.clone(), [self.step(model, &request, true)]);
        let result = self.inner.stream(model, request).await;
        let events = result.map_err(|error| self.spoil(error))?;
        if self.has(Breach::GoesOnAfterError) {
            let more = stream::iter([Ok(StreamEvent::KeepAlive)]);
            return Ok(events.chain(more).boxed());
        }
        Ok(events)
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        let listed = !self.has(Breach::ListsNothing);
        Ok(listed.then(|| ModelInfo::new("mock/healthy")).into_iter().collect())
    }
}

#[async_trait]
impl Upstream for Sample {
    fn calls(&self, model: &ModelId) -> usize {
        self.inner.calls_to(model.as_str()).len()
    }

    fn last_request(&self, model: &ModelId) -> Option<String> {
        let calls = self.inner.calls_to(model.as_str());
        let lost = self.has(Breach::LosesSampling);
        let sent = |call: &Call| serde_json::to_string(&call.request).unwrap();
        calls.last().map(|call| if lost { String::new() } else { sent(call) })
    }

    async fn called(&self, model: &ModelId, count: usize) {
        while self.calls(model) <= count {
            yield_now().await;
        }
    }

    async fn abandoned(&self, model: &ModelId) -> bool {
        if self.has(Breach::RunsOn) {
            future::pending::<()>().await;
        }
        self.inner.calls_to(model.as_str()).last().is_some_and(Call::was_dropped)
    }
}

fn fixture() -> Fixture {
    let busy = Failure::new("mock/busy", [ErrorKind::RateLimited, ErrorKind::Overloaded]);
    Fixture::new("mock/healthy")
        .with_text("Hello there.")
        .with_catalogue()
        .with_usage()
        .with_token_limit()
        .with_tools("mock/healthy")
        .without_tools("mock/no-tools")
        .with_json("mock/healthy")
        .without_json("mock/no-json")
        .with_forced_tools("mock/healthy")
        .without_json_object("mock/no-json")
        .with_conversation("mock/healthy")
        .with_reasoning("mock/healthy")
        .with_images("mock/healthy")
        .without_images("mock/blind")
        .with_slow("mock/slow")
        .with_sampling("mock/healthy")
        .with_limits(Failure::new("mock/limited", [ErrorKind::RateLimited]).with_retry_after(WAIT))
        .with_failure(busy.with_retry_after(WAIT))
        .with_cut("mock/cut")
        .with_error_inside("mock/error-inside")
        .with_hanging("mock/hangs")
        .with_stalling("mock/stalls")
        .with_secret(KEY)
        .with_patience(Duration::from_secs(3))
}

async fn report(breach: Breach) -> conformance::Report {
    let sample = Sample::new(breach);
    conformance::run(&sample, &fixture(), Some(&sample)).await
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_conforms_passes_every_check() {
    let report = report(Breach::None).await;
    report.assert_passed();
    assert_eq!(report.not_run, [] as [&str; 0]);
}

#[tokio::test(start_paused = true)]
async fn each_breach_fails_the_check_it_breaks() {
    let expected: &[(Breach, &[&str])] = &[
        (Breach::SaysNothing, &["answer", "stream", "conversation", "reasoning", "images"]),
        (Breach::SaysSomethingElse, &["answer", "stream"]),
        (Breach::StreamSaysNothing, &["stream", "conversation", "reasoning", "images"]),
        (Breach::TellsNoUsage, &["usage"]),
        (Breach::IgnoresLimits, &["token limit"]),
        (Breach::ListsNothing, &["catalogue"]),
        (Breach::CallsNoTool, &["tools", "forced tools", "conversation"]),
        (Breach::BreaksArguments, &["tools", "forced tools", "conversation"]),
        (Breach::LosesTools, &["tools refused"]),
        (Breach::AnswersInProse, &["json"]),
        (Breach::LosesJson, &["json refused", "json object"]),
        (Breach::RefusesObjectsDarkly, &["json object"]),
        (Breach::CallsOneTool, &["conversation"]),
        (Breach::CallsTwiceWithOneId, &["conversation"]),
        (Breach::IgnoresResults, &["conversation"]),
        (Breach::SpoilsStreamedArguments, &["conversation"]),
        (Breach::ThinksAloud, &["reasoning"]),
        (Breach::LosesImages, &["images refused"]),
        (Breach::LosesSampling, &["sampling"]),
        (Breach::RefusesSamplingDarkly, &["sampling"]),
        (Breach::TellsNoLimit, &["limits"]),
        (Breach::SlowlySaysLess, &["slow answer"]),
        (Breach::ErrsInKind, &["error of mock/busy"]),
        (Breach::AnswersErrors, &["error of mock/busy", "no retry of mock/busy"]),
        (Breach::ForgetsHint, &["error of mock/busy"]),
        (Breach::ForgetsOrigin, &["error of mock/busy", "limits", "cut", "error inside"]),
        (Breach::TellsKey, &["error of mock/busy"]),
        (Breach::TellsAddress, &["error of mock/busy"]),
        (Breach::CutIsSuccess, &["cut"]),
        (Breach::LosesText, &["cut"]),
        (Breach::GoesOnAfterError, &["error inside"]),
        (Breach::Retries, &["no retry of mock/busy"]),
        (Breach::GivesUpWaiting, &["cancelled while waiting"]),
        (Breach::RunsOn, &["cancelled while waiting", "cancelled in the middle"]),
    ];
    for (breach, failed) in expected {
        let report = report(*breach).await;
        assert_eq!(report.failed(), *failed, "{breach:?}\n{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_never_ends_fails_in_time() {
    let report = report(Breach::NeverEnds).await;
    let detail = report.checks[0].detail.as_deref();
    assert_eq!(detail, Some("whole: no end after 3s"));
}

#[tokio::test(start_paused = true)]
async fn what_the_fixture_does_not_name_is_not_run_and_said_so() {
    let echo = EchoProvider::new("echo");
    let report = conformance::run(&echo, &Fixture::new("any"), None).await;
    report.assert_passed();
    insta::assert_snapshot!(report, @r"
    ok      answer
    ok      stream
    not run usage
    not run token limit
    not run slow answer
    not run catalogue
    not run tools
    not run tools refused
    not run json
    not run json refused
    not run forced tools
    not run json object
    not run conversation
    not run reasoning
    not run images
    not run images refused
    not run errors
    not run limits
    not run cut
    not run error inside
    not run sampling
    not run no retry
    not run cancelled while waiting
    not run cancelled in the middle
    ");
}

#[tokio::test(start_paused = true)]
async fn the_panic_shows_the_report() {
    let report = report(Breach::TellsNoUsage).await;
    let panic = std::panic::catch_unwind(|| report.assert_passed()).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("FAILED  usage: whole: the tokens used are not told"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn reports_stand_side_by_side() {
    let (good, bad) = (report(Breach::None).await, report(Breach::LosesJson).await);
    let echo = EchoProvider::new("echo");
    let bare = conformance::run(&echo, &Fixture::new("any"), None).await;
    let table = conformance::markdown(&[("good", &good), ("bad", &bad), ("bare", &bare)]);
    assert!(table.starts_with("| check | good | bad | bare |\n|---|---|---|---|\n"), "{table}");
    for row in [
        "| answer | yes | yes | yes |",
        "| json refused | yes | no | not run |",
        "| json object | refused | no | not run |",
        "| error of mock/busy | yes | yes |  |",
    ] {
        assert!(table.lines().any(|line| line == row), "{row}\n{table}");
    }
    let (n_checks, n_not_run) = (bad.checks.len(), bare.not_run.len());
    assert_eq!(
        table.lines().last(),
        Some(format!(
            "| all | {n_checks} of {n_checks} | {} of {n_checks} | 2 of 2 |",
            n_checks - 2
        ))
        .as_deref()
    );
    assert_eq!(bad.line("bad"), format!("conformance: bad {n_checks} checks, 2 failed, 0 not run"));
    assert!(bare.line("bare").ends_with(&format!(" 0 failed, {n_not_run} not run")));
}
