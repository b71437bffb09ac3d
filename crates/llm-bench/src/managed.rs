//! One call through everything: manager, engine, OpenRouter client.

use llm_core::{ChatRequest, Part};
use llm_manager::{
    BuildError, LlmManager,
    config::{Config, ConfigError},
};

/// A manager of one model.
#[derive(Debug)]
pub struct Managed {
    manager: LlmManager,
    request: ChatRequest,
}

impl Managed {
    /// A manager whose provider is at `base_url`. It asks for whole answers, as bare reqwest does.
    ///
    /// # Errors
    ///
    /// When the configuration built in here is wrong.
    pub fn new(base_url: &str) -> Result<Self, BuildError> {
        let (model, key) = (crate::MODEL, crate::KEY);
        let text = format!(
            "llm:\n  model_roles: {{ primary: [{model}] }}\nproviders:\n  openrouter:\n    \
             base_url: {base_url}\n    api_key: {key}\n    upstream_stream: off\n    \
             models: [{model}]\n"
        );
        let manager = LlmManager::builder().config(load(&text)?).without_state().build()?;
        Ok(Self { manager, request: crate::request() })
    }

    /// Makes one call; the length of the answer.
    ///
    /// # Errors
    ///
    /// When the call fails.
    pub async fn call(&self) -> llm_core::Result<usize> {
        let outcome = self.manager.generate(self.request.clone()).await?;
        let texts = outcome.response.message.content.iter().filter_map(Part::as_text);
        Ok(texts.map(str::len).sum())
    }
}

fn load(text: &str) -> Result<Config, ConfigError> {
    Config::builder().text("bench.yaml", text).load()
}
