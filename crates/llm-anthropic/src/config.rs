//! How to reach Anthropic, and what to ask of it with every call.

use llm_http::Connection;
use secrecy::SecretString;

/// Where Anthropic is.
const BASE_URL: &str = "https://api.anthropic.com";

/// The longest answer where a request sets none: what even the smallest models allow.
const MAX_TOKENS: u32 = 4_096;

/// The settings of an [`Anthropic`](crate::Anthropic). The key and the headers' values never show
/// in its `Debug` form.
///
/// ```
/// use llm_anthropic::AnthropicConfig;
///
/// let config = AnthropicConfig::new("sk-test-000")
///     .with_base_url("http://127.0.0.1:8080")
///     .with_default_max_tokens(1_024);
/// assert!(!format!("{config:?}").contains("sk-test-000"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AnthropicConfig {
    /// Its name and its address, with or without `/v1` at its end. Default: `anthropic`,
    /// Anthropic's own.
    pub connection: Connection,
    /// The key every call carries, as `x-api-key`.
    pub api_key: SecretString,
    /// Features that are not yet for everybody, sent as `anthropic-beta`.
    pub beta: Vec<String>,
    /// The longest answer, in tokens, where a request sets none: the API demands a limit. The
    /// tokens a request allows for reasoning come on top. Default: 4,096.
    pub default_max_tokens: u32,
}

impl AnthropicConfig {
    /// Anthropic at its own address, with `api_key`.
    pub fn new(api_key: impl Into<SecretString>) -> Self {
        Self {
            connection: Connection::new("anthropic", BASE_URL),
            api_key: api_key.into(),
            beta: Vec::new(),
            default_max_tokens: MAX_TOKENS,
        }
    }

    llm_http::connection_methods!();

    /// Asks for a feature that is not yet for everybody.
    #[must_use]
    pub fn with_beta(mut self, feature: impl Into<String>) -> Self {
        self.beta.push(feature.into());
        self
    }

    /// Sets the longest answer where a request sets none.
    #[must_use]
    pub fn with_default_max_tokens(mut self, tokens: u32) -> Self {
        self.default_max_tokens = tokens;
        self
    }
}
