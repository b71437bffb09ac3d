//! `test-models`: the table, the files, the exit codes.

use std::fs;

use llm_testkit::simulator::{ModelScript, Reply};
use serde_json::Value;

use crate::support::{Home, Upstream};

#[test]
fn the_sandbox_shows_every_status_and_writes_reports() {
    let home = Home::new();
    let test = ["test-models", "--sandbox", "--progress", "plain"];
    let ran = home.run(&test).ends(100).says(&["SANDBOX", "Testing 7 models"]);
    for word in [
        "ok",
        "degraded",
        "failed",
        "skipped",
        "boreal/owl-retired",
        "SANDBOX",
        "Summary",
        "report.json",
    ] {
        assert!(ran.stdout.contains(word), "no {word} in:\n{}", ran.stdout);
    }
    let (markdown, json) = (home.find("report.md"), home.find("report.json"));
    assert_eq!((markdown.len(), json.len()), (1, 1));
    assert!(json[0].starts_with(home.path().join("llm-reports/sandbox")), "{json:?}");
    assert!(fs::read_to_string(&markdown[0]).unwrap().contains("SANDBOX"));
    let report: Value = serde_json::from_str(&fs::read_to_string(&json[0]).unwrap()).unwrap();
    assert_eq!(report["sandbox"], true);
    assert_eq!(home.find("statistics.json").len(), 0);
    assert_matches_schema(&report);
}

#[test]
fn json_is_the_report_and_nothing_else() {
    let home = Home::new().set("LLM_REPORT_DIR", "elsewhere");
    let test = ["test-models", "--sandbox", "--profile", "smoke", "--format", "json", "-vvv"];
    let report = home.run(&test).ends(100).json();
    assert_matches_schema(&report);
    assert_eq!(report["settings"]["profile"], "smoke");
    assert!(home.path().join("elsewhere").is_dir() && !home.path().join("llm-reports").exists());
}

fn assert_matches_schema(report: &Value) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/report.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(report)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn models_are_chosen_by_name_role_and_provider_and_the_bar_can_be_moved() {
    let home = Home::new();
    let models = |arguments: &[&str], code| {
        let start = ["test-models", "--sandbox", "--profile", "smoke", "--format", "json"];
        let arguments: Vec<&str> = start.iter().chain(arguments).copied().collect();
        let report = home.run(&arguments).ends(code).json();
        let models = report["models"].as_array().unwrap();
        models.iter().map(|one| one["model"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(models(&["acme/swift-8b"], 0), ["acme/swift-8b"]);
    assert_eq!(models(&["sage"], 0), ["acme/sage-70b"]);
    assert_eq!(models(&["--role", "duplicate"], 0), ["acme/sage-70b", "cirrus/lynx-judge"]);
    assert_eq!(models(&["--fail-on", "none"], 0).len(), 7);
    assert_eq!(models(&["--role", "primary"], 100).len(), 2);
    assert_eq!(models(&["--provider", "elsewhere"], 4), ["delta/heron-9b"]);
    let none = ["test-models", "--sandbox", "--provider", "elsewhere", "--role", "primary"];
    home.run(&none).ends(4).prints_nothing();
}

#[test]
fn a_model_that_no_role_names_is_tested_when_it_is_named() {
    let upstream = Upstream::new([ModelScript::new("a/first"), ModelScript::new("new/one")]);
    let home = upstream.home("");
    let test = ["test-models", "new/one", "--profile", "smoke", "--format", "json"];
    let report = home.run(&test).ends(0).json();
    assert_eq!(report["models"][0]["model"], "new/one");
    assert_eq!(report["models"][0]["status"], "ok");
    assert_eq!(upstream.called(), ["new/one"]);
    let report = home.run(&["test-models", "no/such", "--format", "json"]).json();
    assert_eq!(report["models"][0]["failures"][0]["error_type"], "model_not_found");
}

#[test]
fn a_dry_run_shows_the_plan_and_calls_nobody() {
    let upstream = Upstream::failing(Reply::answer());
    let home = upstream.home("");
    let plan = home.run(&["test-models", "--dry-run"]).ends(0).stdout;
    assert!(plan.contains("a/first") && plan.contains("calls"), "{plan}");
    let json = home.run(&["test-models", "--dry-run", "--format", "json"]).ends(0).json();
    assert_eq!(json["models"].as_array().unwrap().len(), 2);
    assert_eq!(upstream.called(), [""; 0]);
    assert_eq!(home.find("report.json").len(), 0);
}

#[test]
fn reports_go_where_they_are_told_and_nothing_is_said_when_quiet() {
    let upstream = Upstream::failing(Reply::answer());
    let home = upstream.home("");
    let test = [
        "test-models",
        "--profile",
        "smoke",
        "--format",
        "quiet",
        "--progress",
        "none",
        "--export",
        "markdown=out/a.md",
        "--export",
        "json=out/b.json",
    ];
    home.run(&test).ends(0).prints_nothing();
    assert!(fs::read_to_string(home.path().join("out/a.md")).unwrap().contains("a/first"));
    let json = fs::read_to_string(home.path().join("out/b.json")).unwrap();
    assert_matches_schema(&serde_json::from_str(&json).unwrap());
    home.write("a-file", "not a folder");
    let home = home.set("LLM_REPORT_DIR", "a-file/reports");
    let smoke = ["test-models", "--profile", "smoke", "--progress", "none"];
    let n_calls = upstream.called().len();
    home.run(&smoke).ends(1).says(&["a-file", "LLM_REPORT_DIR"]).prints_nothing();
    assert_eq!(upstream.called().len(), n_calls, "nothing is spent on what cannot be written");
    home.run(&["test-models", "--dry-run"]).ends(0);
}

#[test]
fn a_failed_primary_is_100_and_a_failed_reserve_is_not() {
    let primary = Upstream::failing(Reply::status(401));
    let smoke = ["test-models", "--profile", "smoke", "--progress", "none"];
    primary.home("").run(&smoke).ends(100);
    let reserve = Upstream::new([
        ModelScript::new("a/first"),
        ModelScript::new("b/second").with_reply(Reply::status(500)),
    ]);
    let home = reserve.home("");
    home.run(&smoke).ends(0);
    home.run(&["test-models", "--profile", "smoke", "--fail-on", "any"]).ends(100);
}
