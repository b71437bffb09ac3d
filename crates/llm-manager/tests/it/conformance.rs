//! The conformance suite on every provider that is switched on, each against the simulator in its
//! own dialect: every check is run, and every check passes.

use std::sync::Arc;

use llm_core::Provider;
use llm_testkit::{
    conformance,
    simulator::{Dialect, Simulator},
};

use crate::dialects;

async fn conforms(dialect: Dialect) {
    let (config, fixture) = conformance::simulator_fixture_of(dialect);
    let simulator = Simulator::start(config).unwrap();
    let provider: Arc<dyn Provider> = dialects::provider(dialect, &simulator.base_url());
    let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
    println!("{}", report.line(dialect.name()));
    report.assert_passed();
    assert_eq!(report.not_run, [] as [&str; 0]);
}

#[cfg(feature = "openrouter")]
#[tokio::test]
async fn openrouter_conforms() {
    conforms(Dialect::OpenRouter).await;
}

#[cfg(feature = "openai")]
#[tokio::test]
async fn openai_conforms() {
    conforms(Dialect::OpenAi).await;
}

#[cfg(feature = "anthropic")]
#[tokio::test]
async fn anthropic_conforms() {
    conforms(Dialect::Anthropic).await;
}

#[cfg(feature = "ollama")]
#[tokio::test]
async fn ollama_conforms() {
    conforms(Dialect::Ollama).await;
}
