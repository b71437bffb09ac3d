//! The kinds of provider that cargo features bring: one feature is one crate.

use std::sync::Arc;

use crate::registry::ProviderFactory;

/// Every kind of this build, by its name in the configuration.
pub(crate) fn kinds() -> Vec<(&'static str, Arc<dyn ProviderFactory>)> {
    vec![
        #[cfg(feature = "openrouter")]
        ("openrouter", Arc::new(openrouter::Factory)),
        #[cfg(feature = "openai")]
        ("openai", Arc::new(openai::Factory)),
        #[cfg(feature = "openai")]
        ("openai_compatible", Arc::new(openai::CompatibleFactory)),
        #[cfg(feature = "anthropic")]
        ("anthropic", Arc::new(anthropic::Factory)),
        #[cfg(feature = "ollama")]
        ("ollama", Arc::new(ollama::Factory)),
    ]
}

/// Carries a setup over to a provider's configuration, whose methods are of the same names.
#[cfg(any(feature = "openrouter", feature = "openai", feature = "anthropic", feature = "ollama"))]
macro_rules! configured {
    ($config:expr, $setup:expr) => {{
        let mut config = $config.with_id($setup.id).with_connect_timeout($setup.connect_timeout);
        if let Some(base_url) = $setup.base_url {
            config = config.with_base_url(base_url);
        }
        for (name, value) in $setup.headers {
            config = config.with_header(name, value);
        }
        config
    }};
}

#[cfg(feature = "openrouter")]
mod openrouter {
    use std::sync::Arc;

    use llm_core::{Provider, Result};
    use llm_openrouter::{OpenRouter, OpenRouterConfig};

    use crate::registry::{ProviderFactory, ProviderSetup};

    #[derive(Debug)]
    pub(super) struct Factory;

    impl ProviderFactory for Factory {
        fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
            let config = OpenRouterConfig::new(setup.api_key.unwrap_or_default());
            Ok(Arc::new(OpenRouter::new(configured!(config, setup))?))
        }
    }
}

#[cfg(feature = "openai")]
mod openai {
    use std::sync::Arc;

    use llm_core::{Error, ErrorKind, Execution, Provider, Result};
    use llm_openai::{OpenAi, OpenAiConfig};

    use crate::registry::{ProviderFactory, ProviderHabits, ProviderSetup};

    #[derive(Debug)]
    pub(super) struct Factory;

    impl ProviderFactory for Factory {
        fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
            let config = OpenAiConfig::new(setup.api_key.unwrap_or_default());
            Ok(Arc::new(OpenAi::new(configured!(config, setup))?))
        }
    }

    /// Servers that speak OpenAI's dialect. They have no address in common.
    #[derive(Debug)]
    pub(super) struct CompatibleFactory;

    impl ProviderFactory for CompatibleFactory {
        fn habits(&self) -> ProviderHabits {
            ProviderHabits::default().without_key().without_streams()
        }

        fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
            let Some(base_url) = &setup.base_url else {
                let message = "base_url is missing: a provider of kind openai_compatible has no \
                               address of its own, write one that ends with /v1";
                return Err(Error::new(ErrorKind::UpstreamMisconfigured, message)
                    .with_execution(Execution::NotSent)
                    .with_provider(&setup.id));
            };
            let mut config = OpenAiConfig::compatible(base_url);
            if let Some(api_key) = setup.api_key {
                config = config.with_api_key(api_key);
            }
            Ok(Arc::new(OpenAi::new(configured!(config, setup))?))
        }
    }
}

#[cfg(feature = "anthropic")]
mod anthropic {
    use std::sync::Arc;

    use llm_anthropic::{Anthropic, AnthropicConfig};
    use llm_core::{Provider, Result};

    use crate::registry::{ProviderFactory, ProviderSetup};

    #[derive(Debug)]
    pub(super) struct Factory;

    impl ProviderFactory for Factory {
        fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
            let config = AnthropicConfig::new(setup.api_key.unwrap_or_default());
            Ok(Arc::new(Anthropic::new(configured!(config, setup))?))
        }
    }
}

#[cfg(feature = "ollama")]
mod ollama {
    use std::{sync::Arc, time::Duration};

    use llm_core::{Provider, Result};
    use llm_ollama::{Ollama, OllamaConfig};

    use crate::registry::{ProviderFactory, ProviderHabits, ProviderSetup};

    /// A model that is not in memory is read from the disk first, which may take minutes.
    const FIRST_TOKEN: Duration = Duration::from_secs(300);

    #[derive(Debug)]
    pub(super) struct Factory;

    impl ProviderFactory for Factory {
        fn habits(&self) -> ProviderHabits {
            ProviderHabits::default().without_key().with_first_token(FIRST_TOKEN)
        }

        fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
            let mut config = OllamaConfig::default();
            if let Some(api_key) = setup.api_key {
                config = config.with_api_key(api_key);
            }
            Ok(Arc::new(Ollama::new(configured!(config, setup))?))
        }
    }
}
