//! The whole way: a configuration, the real client, a simulated OpenRouter.

use llm_manager::{
    LlmManager,
    config::{Config, Environment},
};
use llm_testkit::simulator::{JsonMode, ModelScript, Reply, Simulator, SimulatorConfig, ToolMode};
use llm_testrunner::{LlmTestRunner, Profile, Report, RunOptions, RunVerdict, Status, Support};

use crate::support::model;

const KEY: &str = "sk-or-v1-test-000";

const SETTINGS: &str = "
llm:
  model_roles:
    primary: [acme/swift-8b, acme/thinker]
    duplicate: [boreal/fenced]
    reserve: [boreal/broken, boreal/owl-retired]
    fallback: [boreal/busy]
providers:
  openrouter:
    api_key: sk-or-v1-test-000
";

async fn run(profile: Profile) -> (Report, Simulator) {
    let models = [
        ModelScript::new("acme/swift-8b").with_price("0.000001", "0.000002"),
        ModelScript::new("acme/thinker").with_reasoning_tokens(40),
        ModelScript::new("boreal/fenced")
            .with_json(JsonMode::Fenced)
            .with_tools(ToolMode::Unsupported),
        ModelScript::new("boreal/broken").with_reply(Reply::error(500, "oops")),
        ModelScript::new("boreal/busy").with_replies([
            Reply::answer(),
            Reply::error(429, "slow down").with_header("retry-after", "7"),
            Reply::answer(),
            Reply::cut_after(3),
            Reply::answer(),
        ]),
    ];
    let simulator =
        Simulator::start(SimulatorConfig::default().with_key(KEY).with_models(models)).unwrap();
    let config = Config::builder()
        .text("llm_settings.yaml", SETTINGS)
        .environment(Environment::default())
        .set("providers.openrouter.base_url", simulator.base_url())
        .load()
        .unwrap();
    let manager = LlmManager::builder().config(config).without_state().build().unwrap();
    let options = RunOptions { profile, seed: Some(7), sandbox: true, ..RunOptions::default() };
    let report = LlmTestRunner::new(manager).with_options(options).test_all_models().await;
    (report, simulator)
}

#[tokio::test]
async fn every_status_appears() {
    let (report, simulator) = run(Profile::Standard).await;
    let statuses: Vec<_> =
        report.models.iter().map(|model| (model.model.as_str(), model.status)).collect();
    assert_eq!(
        statuses,
        [
            ("acme/swift-8b", Status::Ok),
            ("acme/thinker", Status::Ok),
            ("boreal/fenced", Status::Ok),
            ("boreal/broken", Status::Failed),
            ("boreal/owl-retired", Status::Failed),
            ("boreal/busy", Status::Degraded),
        ],
        "{}",
        report.render_table(llm_testrunner::TableStyle::default())
    );
    let swift = model(&report, "acme/swift-8b");
    assert_eq!(
        (swift.checks.json, swift.checks.tools, swift.checks.stream),
        (Support::Yes, Support::Yes, Support::Yes)
    );
    assert!(swift.usd_per_1k_calls.unwrap() > 0.0);
    let fenced = model(&report, "boreal/fenced").checks;
    assert_eq!((fenced.json, fenced.tools), (Support::Fenced, Support::No));
    let busy: Vec<_> = model(&report, "boreal/busy")
        .failures
        .iter()
        .map(|failure| failure.error_type.as_str())
        .collect();
    assert_eq!(busy, ["rate_limited", "stream_cut"]);
    assert!(model(&report, "boreal/busy").failures[0].hint.ends_with("or wait 7 s"));
    assert_eq!(model(&report, "boreal/owl-retired").sent, 0);
    assert_eq!(report.verdict(), RunVerdict::Passed);
    assert_eq!(
        usize::try_from(report.totals.calls).unwrap(),
        simulator.calls().len(),
        "one call each, none retried"
    );
    assert!(!report.render_json().contains(KEY) && !report.render_markdown().contains(KEY));
}

#[tokio::test]
async fn a_smoke_run_finds_a_model_that_spends_all_its_tokens_on_reasoning() {
    let (report, _simulator) = run(Profile::Smoke).await;
    let thinker = model(&report, "acme/thinker");
    assert_eq!((thinker.status, thinker.sent), (Status::Ok, 1));
}
