//! From a provider's kind to the provider: built in behind cargo features, or a third party's.

use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

use llm_core::{Provider, ProviderId, Result};
use secrecy::SecretString;

use crate::built_in;

/// Makes providers of one kind.
///
/// Hand one to [`LlmManagerBuilder::provider_kind`](crate::LlmManagerBuilder::provider_kind) and
/// `kind: my-kind` works in the configuration.
pub trait ProviderFactory: Debug + Send + Sync + 'static {
    /// What holds for every provider of this kind.
    fn habits(&self) -> ProviderHabits {
        ProviderHabits::default()
    }

    /// Makes a provider. Opens no connection.
    ///
    /// # Errors
    ///
    /// What is wrong with the setup, such as an address that is none.
    fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>>;
}

/// What holds for every provider of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderHabits {
    /// Whether it cannot be called without a key. Default: true.
    pub needs_key: bool,
    /// Whether its streams are good enough to ask for one also when the caller wants one whole
    /// answer (`upstream_stream: auto`). Default: true.
    pub prefers_streams: bool,
    /// How long it may take to begin an answer, where the configuration does not say. Default:
    /// what holds for all kinds.
    pub first_token: Option<Duration>,
}

impl Default for ProviderHabits {
    fn default() -> Self {
        Self { needs_key: true, prefers_streams: true, first_token: None }
    }
}

impl ProviderHabits {
    /// Those of a provider that works without a key.
    #[must_use]
    pub fn without_key(mut self) -> Self {
        self.needs_key = false;
        self
    }

    /// Those of a provider that is asked for streams only where the caller wants one.
    #[must_use]
    pub fn without_streams(mut self) -> Self {
        self.prefers_streams = false;
        self
    }

    /// Those of a provider that may take this long to begin an answer.
    #[must_use]
    pub fn with_first_token(mut self, limit: Duration) -> Self {
        self.first_token = Some(limit);
        self
    }
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
        let kinds = built_in::kinds().into_iter();
        Self(kinds.map(|(kind, factory)| (kind.to_owned(), factory)).collect())
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
