//! The provider that speaks a dialect of the simulator.

use std::sync::Arc;

use llm_core::Provider;
use llm_testkit::simulator::Dialect;

/// The key of every provider here.
pub(crate) const KEY: &str = "sk-test-000";

/// The dialects whose provider is switched on.
pub(crate) const ON: &[Dialect] = &[
    #[cfg(feature = "openrouter")]
    Dialect::OpenRouter,
    #[cfg(feature = "openai")]
    Dialect::OpenAi,
    #[cfg(feature = "anthropic")]
    Dialect::Anthropic,
    #[cfg(feature = "ollama")]
    Dialect::Ollama,
];

/// The provider of a dialect, with its server at `base_url`.
pub(crate) fn provider(dialect: Dialect, base_url: &str) -> Arc<dyn Provider> {
    match dialect {
        #[cfg(feature = "openrouter")]
        Dialect::OpenRouter => {
            let config = llm_openrouter::OpenRouterConfig::new(KEY).with_base_url(base_url);
            Arc::new(llm_openrouter::OpenRouter::new(config).unwrap())
        }
        #[cfg(feature = "openai")]
        Dialect::OpenAi => {
            let config = llm_openai::OpenAiConfig::new(KEY).with_base_url(base_url);
            Arc::new(llm_openai::OpenAi::new(config).unwrap())
        }
        #[cfg(feature = "anthropic")]
        Dialect::Anthropic => {
            let config = llm_anthropic::AnthropicConfig::new(KEY).with_base_url(base_url);
            Arc::new(llm_anthropic::Anthropic::new(config).unwrap())
        }
        #[cfg(feature = "ollama")]
        Dialect::Ollama => {
            let config = llm_ollama::OllamaConfig::default().with_base_url(base_url);
            Arc::new(llm_ollama::Ollama::new(config).unwrap())
        }
        other => panic!("no provider is switched on for {other}"),
    }
}
