//! The conformance suite on every provider that is switched on, each against the simulator in its
//! own dialect. It prints a line for each, and the table of all.

use llm_testkit::{conformance, simulator::Simulator};

use crate::dialects::{self, ON};

#[tokio::test]
async fn every_provider_that_is_switched_on_passes_every_check() {
    let mut reports = Vec::new();
    for dialect in ON {
        let (config, fixture) = conformance::simulator_fixture_of(*dialect);
        let simulator = Simulator::start(config).unwrap();
        let provider = dialects::provider(*dialect, &simulator.base_url());
        let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
        println!("{}", report.line(dialect.name()));
        report.assert_passed();
        assert_eq!(report.not_run, [] as [&str; 0], "{dialect}");
        reports.push((dialect.name(), report));
    }
    let reports: Vec<_> = reports.iter().map(|(name, report)| (*name, report)).collect();
    println!("{}", conformance::markdown(&reports));
}
