//! The provider that speaks a dialect of the simulator.

use std::{future, io, sync::Arc};

use llm_core::Provider;
use llm_testkit::simulator::Dialect;

/// The key of every provider here.
const KEY: &str = "sk-test-000";

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

/// How the lookup of a provider's host ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lookup {
    /// As the system says.
    System,
    Fails(io::ErrorKind),
    NeverEnds,
}

/// What follows the host in the address of a dialect's API.
pub(crate) fn base(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenRouter => "/api/v1",
        Dialect::Ollama => "",
        _ => "/v1",
    }
}

/// The provider of a dialect, with its server at `base_url`.
pub(crate) fn provider(dialect: Dialect, base_url: &str) -> Arc<dyn Provider> {
    provider_with(dialect, base_url, Lookup::System)
}

macro_rules! made {
    ($provider:ty, $config:expr, $lookup:expr) => {{
        let config = match $lookup {
            Lookup::System => $config,
            Lookup::Fails(kind) => $config
                .with_resolver(move |_| async move { Err(io::Error::new(kind, "no such host")) }),
            Lookup::NeverEnds => $config.with_resolver(|_| future::pending()),
        };
        Arc::new(<$provider>::new(config).unwrap())
    }};
}

/// The same, with the lookup of its host.
pub(crate) fn provider_with(dialect: Dialect, base_url: &str, lookup: Lookup) -> Arc<dyn Provider> {
    match dialect {
        #[cfg(feature = "openrouter")]
        Dialect::OpenRouter => {
            let config = llm_openrouter::OpenRouterConfig::new(KEY).with_base_url(base_url);
            made!(llm_openrouter::OpenRouter, config, lookup)
        }
        #[cfg(feature = "openai")]
        Dialect::OpenAi => {
            let config = llm_openai::OpenAiConfig::new(KEY).with_base_url(base_url);
            made!(llm_openai::OpenAi, config, lookup)
        }
        #[cfg(feature = "anthropic")]
        Dialect::Anthropic => {
            let config = llm_anthropic::AnthropicConfig::new(KEY).with_base_url(base_url);
            made!(llm_anthropic::Anthropic, config, lookup)
        }
        #[cfg(feature = "ollama")]
        Dialect::Ollama => {
            let config =
                llm_ollama::OllamaConfig::default().with_api_key(KEY).with_base_url(base_url);
            made!(llm_ollama::Ollama, config, lookup)
        }
        other => panic!("no provider is switched on for {other} at {base_url}: {lookup:?}"),
    }
}
