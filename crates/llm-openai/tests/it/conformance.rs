//! The suite every provider passes, against a simulated OpenAI.

use llm_core::Provider;
use llm_openai::{OpenAi, OpenAiConfig};
use llm_testkit::{
    conformance,
    simulator::{Dialect, Simulator},
};

async fn check(connect: impl Fn(String) -> OpenAiConfig) {
    let (config, fixture) = conformance::simulator_fixture_of(Dialect::OpenAi);
    let simulator = Simulator::start(config).unwrap();
    let provider = OpenAi::new(connect(simulator.base_url())).unwrap();
    let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
    println!("{}\n{report}", provider.id());
    report.assert_passed();
}

#[tokio::test]
async fn openai_conforms() {
    check(|base_url| OpenAiConfig::new("sk-test-000").with_base_url(base_url)).await;
}

#[tokio::test]
async fn a_compatible_server_conforms() {
    check(|base_url| OpenAiConfig::compatible(base_url).with_api_key("sk-test-000")).await;
}
