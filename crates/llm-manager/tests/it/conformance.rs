//! The conformance suite on every kind of provider that is switched on, each against the simulator
//! in its own dialect. It prints a line for each; with all of them it writes the table of
//! `docs/providers.md`.

use std::{env, fs, path::Path, sync::Arc};

use llm_core::Provider;
use llm_testkit::{
    conformance::{self, Report},
    simulator::{Dialect, Simulator},
};

use crate::dialects::{self, ON};

/// The kinds of the configuration, which are one more than there are dialects.
const KINDS: usize = 5;
/// Between these the page has the table.
const MARKS: [&str; 2] = ["<!-- conformance -->\n", "<!-- /conformance -->\n"];

async fn conforms(
    kind: &str,
    dialect: Dialect,
    provider: impl FnOnce(&str) -> Arc<dyn Provider>,
) -> Report {
    let (config, fixture) = conformance::simulator_fixture_of(dialect);
    let simulator = Simulator::start(config).unwrap();
    let provider = provider(&simulator.base_url());
    let report = conformance::run(&provider, &fixture, Some(&simulator)).await;
    println!("{}", report.line(kind));
    report.assert_passed();
    assert_eq!(report.not_run, [] as [&str; 0], "{kind}");
    report
}

#[tokio::test]
async fn every_kind_that_is_switched_on_passes_every_check() {
    let mut reports = Vec::new();
    for dialect in ON {
        let provider = |base_url: &str| dialects::provider(*dialect, base_url);
        reports.push((dialect.name(), conforms(dialect.name(), *dialect, provider).await));
    }
    #[cfg(feature = "openai")]
    {
        let provider = |base_url: &str| -> Arc<dyn Provider> {
            let config = llm_openai::OpenAiConfig::compatible(base_url).with_api_key("sk-test-000");
            Arc::new(llm_openai::OpenAi::new(config).unwrap())
        };
        let kind = "openai_compatible";
        reports.push((kind, conforms(kind, Dialect::OpenAi, provider).await));
    }
    if reports.len() == KINDS {
        let reports: Vec<_> = reports.iter().map(|(kind, report)| (*kind, report)).collect();
        compare(&conformance::markdown(&reports));
    }
}

/// Compares the page's table with this one; writes it when `LLM_ACCEPT` is set.
fn compare(table: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers.md");
    let old = fs::read_to_string(&page).unwrap();
    let [begin, end] = MARKS;
    let (before, rest) = old.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let new = format!("{before}{begin}{table}{end}{after}");
    if env::var_os("LLM_ACCEPT").is_some() {
        fs::write(&page, &new).unwrap();
        return;
    }
    assert!(old == new, "docs/providers.md is out of date: run with LLM_ACCEPT=1");
}
