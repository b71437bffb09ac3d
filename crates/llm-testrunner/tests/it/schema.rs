//! The schema of the report, which other programs read.

use std::{env, fs, path::Path};

use llm_testrunner::Report;

use crate::example;

/// Compares the file with the type; writes it when `LLM_ACCEPT` is set.
#[test]
fn the_schema_is_up_to_date() {
    let schema = schemars::schema_for!(Report);
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/report.schema.json");
    if env::var_os("LLM_ACCEPT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "schema/report.schema.json is out of date: run with LLM_ACCEPT=1");
}

#[tokio::test(start_paused = true)]
async fn every_report_matches_it() {
    let schema = serde_json::to_value(schemars::schema_for!(Report)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in [example::report().await, example::smoke().await] {
        let json: serde_json::Value = serde_json::from_str(&report.render_json()).unwrap();
        let problems: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{problems:?}");
    }
}
