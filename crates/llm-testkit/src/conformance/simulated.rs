//! The fixture for providers that speak to OpenRouter: its models on the simulator.

use std::time::Duration;

use llm_core::ErrorKind;

use super::fixture::{Failure, Fixture};
use crate::simulator::{ModelScript, Reply, SimulatorConfig, ToolMode, Truncation};

const KEY: &str = "sk-test-000";
const TEXT: &str = "Hello there, how are you?";

/// A simulator's settings, and the fixture that names its models. The key is `sk-test-000`.
///
/// ```
/// # async fn check(connect: impl Fn(&str, &str) -> std::sync::Arc<dyn llm_core::Provider>) {
/// use llm_testkit::{conformance, simulator::Simulator};
///
/// let (config, fixture) = conformance::simulator_fixture();
/// let simulator = Simulator::start(config).unwrap();
/// let provider = connect(&simulator.base_url(), "sk-test-000");
/// conformance::run(&provider, &fixture, Some(&simulator)).await.assert_passed();
/// # }
/// ```
pub fn simulator_fixture() -> (SimulatorConfig, Fixture) {
    let config = SimulatorConfig::default().with_key(KEY).with_models([
        ModelScript::new("test/healthy").with_answer(TEXT),
        ModelScript::new("test/no-tools").with_tools(ToolMode::Unsupported),
        always("test/cut", Reply::cut_after(2)),
        always("test/error-inside", Reply::error_after(2, 502, "Provider disconnected")),
        always("test/hangs", Reply::hang()),
        always("test/stalls", Reply::stall_after(2)),
    ]);
    let fixture = Fixture::new("test/healthy")
        .with_text(TEXT)
        .with_catalogue()
        .with_usage()
        .with_token_limit()
        .with_tools("test/healthy")
        .without_tools("test/no-tools")
        .with_json("test/healthy")
        .with_cut("test/cut")
        .with_error_inside("test/error-inside")
        .with_hanging("test/hangs")
        .with_stalling("test/stalls")
        .with_secret(KEY)
        .with_failure(Failure::new("test/missing", [ErrorKind::ModelNotFound]));
    failures().into_iter().fold((config, fixture), |(config, fixture), (reply, failure)| {
        let model = failure.model.as_str().to_owned();
        (config.with_model(always(&model, reply)), fixture.with_failure(failure))
    })
}

fn always(model: &str, reply: Reply) -> ModelScript {
    ModelScript::new(model).with_answer(TEXT).with_reply(reply)
}

fn failures() -> Vec<(Reply, Failure)> {
    use ErrorKind::{
        BadGateway, ContentPolicy, ContextLength, EdgeTimeout, EmptyChoices, EmptyResponse,
        InvalidRequest, MalformedResponse, NotJson, Overloaded, PayloadTooLarge, QuotaExhausted,
        RateLimited, ResetAfterSend, StreamCut, TruncatedResponse, UnexpectedRedirect,
        Unprocessable, UpstreamAuth, UpstreamServer, UpstreamTimeout,
    };
    let two_seconds = Duration::from_secs(2);
    let echoes_key = format!("the key {KEY} is not known at https://internal.example/v1");
    let status = |status: u16, kind| {
        (Reply::status(status), Failure::new(format!("test/status-{status}"), [kind]))
    };
    let with = |name: &str, reply, kind| (reply, Failure::new(format!("test/{name}"), [kind]));
    vec![
        status(400, InvalidRequest),
        status(401, UpstreamAuth),
        status(402, QuotaExhausted),
        status(408, UpstreamTimeout),
        status(413, PayloadTooLarge),
        status(422, Unprocessable),
        status(500, UpstreamServer),
        status(502, BadGateway),
        status(503, Overloaded),
        status(504, UpstreamTimeout),
        status(524, EdgeTimeout),
        status(529, Overloaded),
        with("tells-the-key", Reply::error(401, &echoes_key), UpstreamAuth),
        with("too-long", Reply::context_length(), ContextLength),
        with("moderated", Reply::moderated(), ContentPolicy),
        with("redirects", Reply::redirect(307, "http://127.0.0.1:9/"), UnexpectedRedirect),
        with("page", Reply::html(200), NotJson),
        with("empty", Reply::empty(200), EmptyResponse),
        with("garbage", Reply::garbage(), MalformedResponse),
        with("resets", Reply::reset(), ResetAfterSend),
        with("error-under-200", Reply::error_under_200(429, "slow down"), RateLimited),
        (
            Reply::rate_limited(Some(2)),
            Failure::new("test/busy", [RateLimited]).with_retry_after(two_seconds),
        ),
        (
            Reply::no_choices(),
            Failure::new("test/no-choices", [EmptyChoices, StreamCut, MalformedResponse]),
        ),
        (
            Reply::truncated(Truncation::Length),
            Failure::new("test/truncated", [TruncatedResponse, StreamCut]),
        ),
    ]
}
