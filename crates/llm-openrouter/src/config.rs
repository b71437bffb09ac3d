//! How to reach OpenRouter, and what to ask of it with every call.

use llm_core::{Extras, ModelId};
use llm_http::Connection;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Where OpenRouter is.
pub(crate) const BASE_URL: &str = "https://openrouter.ai/api/v1";

/// The settings of an [`OpenRouter`](crate::OpenRouter). The key and the headers' values never
/// show in its `Debug` form.
///
/// ```
/// use llm_openrouter::OpenRouterConfig;
///
/// let config = OpenRouterConfig::new("sk-test-000")
///     .with_base_url("http://127.0.0.1:8080/api/v1")
///     .with_attribution("https://example.com", "Example");
/// assert!(!format!("{config:?}").contains("sk-test-000"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenRouterConfig {
    /// Its name and its address, up to and with the version. Default: `openrouter`, OpenRouter's
    /// own.
    pub connection: Connection,
    /// The key every call carries.
    pub api_key: SecretString,
    /// The application that calls.
    pub attribution: Option<Attribution>,
    /// Which upstreams may serve, and in which order.
    pub provider_preferences: Option<ProviderPreferences>,
    /// Models OpenRouter itself tries when the one asked for fails. They are billed to the same
    /// request and hide its failures from a fallback chain of the caller's own: use one of both.
    pub fallback_models: Vec<ModelId>,
}

/// The application OpenRouter credits with the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// Its address.
    pub url: String,
    /// Its name.
    pub title: String,
}

impl OpenRouterConfig {
    /// OpenRouter at its own address, with `api_key`.
    pub fn new(api_key: impl Into<SecretString>) -> Self {
        Self {
            connection: Connection::new("openrouter", BASE_URL),
            api_key: api_key.into(),
            attribution: None,
            provider_preferences: None,
            fallback_models: Vec::new(),
        }
    }

    llm_http::connection_methods!();

    /// Names the application that calls.
    #[must_use]
    pub fn with_attribution(mut self, url: impl Into<String>, title: impl Into<String>) -> Self {
        self.attribution = Some(Attribution { url: url.into(), title: title.into() });
        self
    }

    /// Says which upstreams may serve.
    #[must_use]
    pub fn with_provider_preferences(mut self, preferences: ProviderPreferences) -> Self {
        self.provider_preferences = Some(preferences);
        self
    }

    /// Names models OpenRouter tries when the one asked for fails.
    #[must_use]
    pub fn with_fallback_models(mut self, models: Vec<ModelId>) -> Self {
        self.fallback_models = models;
        self
    }
}

/// Which upstreams may serve a request, and in which order: OpenRouter's `provider` object.
///
/// ```
/// use llm_openrouter::ProviderPreferences;
///
/// let mut preferences = ProviderPreferences::default();
/// preferences.order = vec!["acme".to_owned()];
/// preferences.require_parameters = Some(true);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProviderPreferences {
    /// Upstreams to try first, in this order. Switches load balancing off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<String>,
    /// The only upstreams allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Upstreams never to use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Precisions allowed, such as `fp8`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quantizations: Vec<String>,
    /// Whether other upstreams may step in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_fallbacks: Option<bool>,
    /// Use only upstreams that know every parameter of the request. Unset, OpenRouter drops the
    /// parameters an upstream does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_parameters: Option<bool>,
    /// Whether upstreams that may store data are used: `allow` or `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_collection: Option<String>,
    /// Use only upstreams that keep nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zdr: Option<bool>,
    /// What upstreams are sorted by: `price`, `throughput`, `latency`. Switches load balancing off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// The highest price accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_price: Option<MaxPrice>,
    /// Further fields of the object, sent as they are.
    #[serde(flatten)]
    pub extras: Extras,
}

/// The highest price accepted, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MaxPrice {
    /// For a million tokens of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Decimal>,
    /// For a million tokens of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion: Option<Decimal>,
    /// For one request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Decimal>,
    /// For one image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Decimal>,
}
