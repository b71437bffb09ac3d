//! The fixtures for providers that speak to a server the simulator can be.

mod failing;

use std::time::Duration;

use llm_core::ErrorKind;

use super::fixture::{Failure, Fixture};
use crate::simulator::{Dialect, Latency, ModelScript, Reply, SimulatorConfig, ToolMode};

/// The key that the simulators of these fixtures accept.
pub const KEY: &str = "sk-test-000";
const TEXT: &str = "Hello there, how are you?";

/// A simulated OpenRouter's settings, and the fixture that names its models. The key is [`KEY`].
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
    simulator_fixture_of(Dialect::OpenRouter)
}

/// The same for a server of any dialect, with the failures it knows. It names a model for every
/// check.
pub fn simulator_fixture_of(dialect: Dialect) -> (SimulatorConfig, Fixture) {
    let config = SimulatorConfig::default()
        .with_dialect(dialect)
        .with_key(KEY)
        .with_comment_every(Duration::from_millis(5))
        .with_models([
            ModelScript::new("test/healthy").with_answer(TEXT),
            ModelScript::new("test/no-tools").with_tools(ToolMode::Unsupported),
            ModelScript::new("test/talks").with_answer(TEXT).with_tools(ToolMode::CallsAll),
            ModelScript::new("test/thinks").with_answer(TEXT).with_reasoning_tokens(3),
            ModelScript::new("test/sees").with_input_modalities(["text", "image"]),
            ModelScript::new("test/slow")
                .with_answer(TEXT)
                .with_latency(Latency::Fixed(Duration::from_millis(20))),
            always("test/limited", Reply::rate_limited_by_headers(2)),
            always("test/cut", Reply::cut_after(2)),
            always("test/error-inside", Reply::error_after(2, 502, "Provider disconnected")),
            always("test/hangs", Reply::hang()),
            always("test/stalls", Reply::stall_after(2)),
            always("test/no-json", failing::no_json(dialect)),
        ]);
    let limited = Failure::new("test/limited", [ErrorKind::RateLimited]);
    let fixture = Fixture::new("test/healthy")
        .with_text(TEXT)
        .with_catalogue()
        .with_usage()
        .with_token_limit()
        .with_tools("test/healthy")
        .without_tools("test/no-tools")
        .with_json("test/healthy")
        .without_json("test/no-json")
        .with_conversation("test/talks")
        .with_reasoning("test/thinks")
        .with_images("test/sees")
        .without_images("test/healthy")
        .with_slow("test/slow")
        .with_sampling("test/healthy")
        .with_limits(limited.with_retry_after(Duration::from_secs(2)))
        .with_cut("test/cut")
        .with_error_inside("test/error-inside")
        .with_hanging("test/hangs")
        .with_stalling("test/stalls")
        .with_secret(KEY)
        .with_failure(Failure::new("test/missing", [ErrorKind::ModelNotFound]));
    // Anthropic has no JSON without a schema, Ollama no way to make a model call a tool.
    let fixture = match dialect {
        Dialect::Anthropic => fixture.without_json_object("test/healthy"),
        _ => fixture.with_json_object("test/healthy"),
    };
    let fixture = match dialect {
        Dialect::Ollama => fixture.without_forced_tools("test/healthy"),
        _ => fixture.with_forced_tools("test/healthy"),
    };
    let failures = failing::failures(dialect).into_iter();
    failures.fold((config, fixture), |(config, fixture), (reply, failure)| {
        let model = failure.model().as_str().to_owned();
        (config.with_model(always(&model, reply)), fixture.with_failure(failure))
    })
}

fn always(model: &str, reply: Reply) -> ModelScript {
    ModelScript::new(model).with_answer(TEXT).with_reply(reply)
}
