//! A runner made from a manager: its models, its options, its memory.

use std::{sync::Arc, time::Duration};

use llm_core::{ModelRef, ModelRole, Provider, Result};
use llm_manager::{
    LlmManager, ProviderFactory, ProviderSetup,
    config::{Config, Environment},
};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{FailOn, LlmTestRunner, Profile, Status};

use crate::support::{five, model, standard};

const SETTINGS: &str = "
llm:
  timeout: 90
  model_roles:
    primary: [acme/swift-8b]
    reserve: [boreal/owl-large, keyless:acme/other]
providers:
  mock:
    kind: scripted
    api_key: sk-test-000
    models: [acme/swift-8b, boreal/owl-large]
  keyless:
    kind: scripted
    api_key: ${NO_SUCH_KEY}
    models: [acme/other]
test_runner:
  profile: smoke
  repeats: 2
  concurrency: 3
  fail_on: any
  min_success: 0.7
";

#[derive(Debug)]
struct Scripted(Arc<ScriptedProvider>);

impl ProviderFactory for Scripted {
    fn build(&self, _: ProviderSetup) -> Result<Arc<dyn Provider>> {
        Ok(Arc::clone(&self.0) as Arc<dyn Provider>)
    }
}

fn manager() -> LlmManager {
    let provider = ScriptedProvider::new("mock")
        .with_model("acme/swift-8b", standard(five(300)))
        .with_model("boreal/owl-large", [Step::answer("fine")]);
    let config = Config::builder().text("llm_settings.yaml", SETTINGS);
    let config = config.environment(Environment::default()).load().unwrap();
    LlmManager::builder()
        .config(config)
        .provider_kind("scripted", Arc::new(Scripted(Arc::new(provider))))
        .without_state()
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn options_come_from_the_configuration() {
    let runner = LlmTestRunner::new(manager());
    let options = runner.options();
    assert_eq!((options.profile, options.repeats()), (Profile::Smoke, 2));
    assert_eq!((options.concurrency, options.fail_on), (3, FailOn::Any));
    assert_eq!((options.min_success, options.timeout), (0.7, Duration::from_secs(90)));
}

#[tokio::test(start_paused = true)]
async fn every_configured_model_is_tested_and_what_is_learned_is_kept() {
    let manager = manager();
    let report = LlmTestRunner::new(manager.clone()).test_all_models().await;
    let swift = model(&report, "acme/swift-8b");
    assert_eq!((swift.status, swift.role, swift.sent), (Status::Ok, Some(ModelRole::Primary), 2));
    assert!(swift.place.as_deref().unwrap().starts_with("llm_settings.yaml:"), "{:?}", swift.place);
    let other = model(&report, "acme/other");
    let hint = &other.skipped.as_ref().unwrap().hint;
    assert_eq!((other.status, hint.as_str()), (Status::Skipped, "set NO_SUCH_KEY"));

    let statistics = &manager.stats()[&ModelRef::new("mock", "acme/swift-8b")];
    assert_eq!((statistics.success_count, statistics.error_count), (2, 0));
    assert!(statistics.latency.is_some());
    assert!(manager.fastest_model().is_some());
}
