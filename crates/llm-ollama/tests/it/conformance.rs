//! The suite every provider passes, against a simulated Ollama.

use llm_ollama::{Ollama, OllamaConfig};
use llm_testkit::{
    conformance,
    simulator::{Dialect, Simulator},
};

#[tokio::test]
async fn ollama_conforms() {
    let (config, fixture) = conformance::simulator_fixture_of(Dialect::Ollama);
    let simulator = Simulator::start(config).unwrap();
    let config =
        OllamaConfig::default().with_base_url(simulator.base_url()).with_api_key(conformance::KEY);
    let provider = Ollama::new(config).unwrap();
    let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
    println!("{}", report.line("ollama"));
    report.assert_passed();
    assert_eq!(report.not_run, [] as [&str; 0]);
}
