//! From a provider's kind to the provider: built in behind cargo features, or a third party's.

use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

use llm_core::{Provider, ProviderId, Result};
use secrecy::SecretString;

/// Makes providers of one kind.
///
/// Hand one to [`LlmManagerBuilder::provider_kind`](crate::LlmManagerBuilder::provider_kind) and
/// `kind: my-kind` works in the configuration.
pub trait ProviderFactory: Debug + Send + Sync + 'static {
    /// Whether a provider of this kind works without a key.
    fn is_keyless(&self) -> bool {
        false
    }

    /// Whether its streams are good enough to ask for one also when the caller wants one whole
    /// answer (`upstream_stream: auto`).
    fn prefers_streams(&self) -> bool {
        true
    }

    /// Makes a provider. Opens no connection.
    ///
    /// # Errors
    ///
    /// What is wrong with the setup, such as an address that is none.
    fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>>;
}

/// What the configuration says about a provider.
#[derive(Debug)]
#[non_exhaustive]
pub struct ProviderSetup {
    /// Its name in the configuration.
    pub id: ProviderId,
    /// Its address; `None` is that of the kind.
    pub base_url: Option<String>,
    /// Its key; `None` for a kind that needs none.
    pub api_key: Option<SecretString>,
    /// Headers to send with every call.
    pub headers: Vec<(String, SecretString)>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

/// The kinds of provider that can be configured.
#[derive(Clone, Debug)]
pub(crate) struct Registry(BTreeMap<String, Arc<dyn ProviderFactory>>);

impl Registry {
    /// What the cargo features of this build bring.
    pub(crate) fn built_in() -> Self {
        #[cfg_attr(
            not(feature = "openrouter"),
            expect(unused_mut, reason = "nothing is built in without a feature")
        )]
        let mut registry = Self(BTreeMap::new());
        #[cfg(feature = "openrouter")]
        registry.insert("openrouter".to_owned(), Arc::new(openrouter::Factory));
        registry
    }

    /// Adds a kind, or replaces it.
    pub(crate) fn insert(&mut self, kind: String, factory: Arc<dyn ProviderFactory>) {
        self.0.insert(kind, factory);
    }

    /// The factory of a kind.
    pub(crate) fn get(&self, kind: &str) -> Option<&Arc<dyn ProviderFactory>> {
        self.0.get(kind)
    }

    /// Every kind, as a phrase.
    pub(crate) fn phrase(&self) -> String {
        let kinds: Vec<String> = self.0.keys().map(|kind| format!("`{kind}`")).collect();
        if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") }
    }
}

#[cfg(feature = "openrouter")]
mod openrouter {
    use std::sync::Arc;

    use llm_core::{Provider, Result};
    use llm_openrouter::{OpenRouter, OpenRouterConfig};

    use super::{ProviderFactory, ProviderSetup};

    #[derive(Debug)]
    pub(super) struct Factory;

    impl ProviderFactory for Factory {
        fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
            let mut config = OpenRouterConfig::new(setup.api_key.unwrap_or_default())
                .with_id(setup.id)
                .with_connect_timeout(setup.connect_timeout);
            if let Some(base_url) = setup.base_url {
                config = config.with_base_url(base_url);
            }
            for (name, value) in setup.headers {
                config = config.with_header(name, value);
            }
            Ok(Arc::new(OpenRouter::new(config)?))
        }
    }
}
