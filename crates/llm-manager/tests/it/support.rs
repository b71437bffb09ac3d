//! A manager over fakes.

use std::sync::Arc;

use llm_core::{Provider, Result};
use llm_manager::{
    LlmManager, LlmManagerBuilder, ProviderFactory, ProviderHabits, ProviderSetup,
    config::{Config, Environment},
};
use llm_testkit::fakes::ScriptedProvider;

/// Hands out one provider, whatever the setup.
#[derive(Debug)]
pub(crate) struct Fixed(pub(crate) Arc<ScriptedProvider>);

impl ProviderFactory for Fixed {
    fn habits(&self) -> ProviderHabits {
        ProviderHabits::default().without_key()
    }

    fn build(&self, _: ProviderSetup) -> Result<Arc<dyn Provider>> {
        Ok(Arc::clone(&self.0) as Arc<dyn Provider>)
    }
}

/// A configuration without an environment.
pub(crate) fn config(yaml: &str) -> Config {
    let environment = Environment::default();
    Config::builder().text("test.yaml", yaml).environment(environment).load().unwrap()
}

/// A builder for `yaml`, whose providers of kind `fake` are `provider`.
pub(crate) fn builder(yaml: &str, provider: &Arc<ScriptedProvider>) -> LlmManagerBuilder {
    LlmManager::builder()
        .config(config(yaml))
        .provider_kind("fake", Arc::new(Fixed(Arc::clone(provider))))
}

/// A manager for `yaml` that keeps nothing.
pub(crate) fn manager(yaml: &str, provider: &Arc<ScriptedProvider>) -> LlmManager {
    builder(yaml, provider).without_state().build().unwrap()
}

/// Four models in four roles, at one provider.
pub(crate) const FOUR: &str = "
llm:
  timeout: 60
  retry_attempts: 0
  model_roles:
    primary: [acme/swift, acme/sage]
    duplicate: [boreal/owl]
    fallback: [tiny/mouse]
providers:
  lab: { kind: fake, models: [acme/swift, acme/sage, boreal/owl, tiny/mouse, acme/judge] }
";
