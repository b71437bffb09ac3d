//! The suite every provider passes, against a simulated OpenRouter.

use llm_openrouter::{OpenRouter, OpenRouterConfig};
use llm_testkit::{conformance, simulator::Simulator};

#[tokio::test]
async fn openrouter_conforms() {
    let (config, fixture) = conformance::simulator_fixture();
    let simulator = Simulator::start(config).unwrap();
    let config = OpenRouterConfig::new("sk-test-000").with_base_url(simulator.base_url());
    let provider = OpenRouter::new(config).unwrap();
    let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
    report.assert_passed();
}
