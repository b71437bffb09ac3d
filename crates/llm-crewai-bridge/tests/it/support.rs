//! A service over fakes.

use std::sync::Arc;

use llm_core::{Provider, Result};
use llm_crewai_bridge::Service;
use llm_manager::{
    LlmManager, ProviderFactory, ProviderHabits, ProviderSetup,
    config::{Config, Environment},
};
use llm_testkit::fakes::{ScriptedProvider, Step};
use serde_json::{Value, json};

/// Hands out one provider, whatever the setup.
#[derive(Debug)]
struct Fixed<P>(Arc<P>);

impl<P: Provider + 'static> ProviderFactory for Fixed<P> {
    fn habits(&self) -> ProviderHabits {
        ProviderHabits::default().without_key()
    }

    fn build(&self, _: ProviderSetup) -> Result<Arc<dyn Provider>> {
        Ok(Arc::clone(&self.0) as Arc<dyn Provider>)
    }
}

const TWO: &str = "
llm:
  timeout: 60
  retry_attempts: 0
  model_roles: { primary: [acme/one], fallback: [acme/two] }
providers:
  lab: { kind: fake, models: [acme/one, acme/two] }
";

/// A service of the models `acme/one`, a primary, and `acme/two`, a fallback, at one provider.
pub(crate) fn service_of<P: Provider + 'static>(provider: &Arc<P>) -> Service {
    let config = Config::builder().text("test.yaml", TWO).environment(Environment::default());
    let manager = LlmManager::builder()
        .config(config.load().unwrap())
        .provider_kind("fake", Arc::new(Fixed(Arc::clone(provider))))
        .without_state();
    Service::new(manager.build().unwrap())
}

/// The same with these steps of the first model; the second one says `two`.
pub(crate) fn service(steps: impl IntoIterator<Item = Step>) -> (Service, Arc<ScriptedProvider>) {
    let provider = ScriptedProvider::new("lab")
        .with_model("acme/one", steps)
        .with_model("acme/two", [Step::answer("two")]);
    let provider = Arc::new(provider);
    (service_of(&provider), provider)
}

/// A call of one message.
pub(crate) fn hello() -> String {
    json!({ "messages": "Hello" }).to_string()
}

/// Reads JSON.
pub(crate) fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
