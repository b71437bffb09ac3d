//! The suite every provider passes, against a simulated Anthropic.

use llm_anthropic::{Anthropic, AnthropicConfig};
use llm_testkit::{
    conformance,
    simulator::{Dialect, Simulator},
};

#[tokio::test]
async fn anthropic_conforms() {
    let (config, fixture) = conformance::simulator_fixture_of(Dialect::Anthropic);
    let simulator = Simulator::start(config).unwrap();
    let config = AnthropicConfig::new(conformance::KEY).with_base_url(simulator.base_url());
    let provider = Anthropic::new(config).unwrap();
    let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
    println!("{}", report.line("anthropic"));
    report.assert_passed();
    assert_eq!(report.not_run, [] as [&str; 0]);
}
