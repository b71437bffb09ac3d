//! The section `providers`: who serves models.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Models, TimeoutSettings};
use crate::config::values::Secret;

/// Who serves models, and how to reach them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ProviderSettings {
    /// What it speaks: `openrouter`, `openai`, `anthropic`, `ollama`, `openai_compatible`.
    /// Default: its name.
    pub kind: String,
    /// Its address. Default: that of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Its key, best as `${VARIABLE}`. Default: the variable of its kind, such as
    /// `${OPENROUTER_API_KEY}`.
    #[serde(skip_serializing)]
    pub api_key: Option<Secret>,
    /// The variable that should hold the key, when it is not set: the models cannot be called.
    #[serde(skip)]
    #[schemars(skip)]
    pub missing_key: Option<String>,
    /// The models it serves. With a list it serves those alone, without one any.
    pub models: Models,
    /// Limits of one attempt at its models.
    pub timeouts: TimeoutSettings,
    /// Whether to ask for a stream also when the caller wants one whole answer.
    pub upstream_stream: UpstreamStream,
    /// Headers sent with every call.
    #[serde(skip_serializing)]
    pub headers: BTreeMap<String, Secret>,
    /// Allow `http:` for an address that is not on this machine. The key is then sent in clear
    /// text.
    pub allow_http: bool,
    /// Whether its models are called.
    pub enabled: bool,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self {
            kind: String::new(),
            base_url: None,
            api_key: None,
            missing_key: None,
            models: Models::default(),
            timeouts: TimeoutSettings::default(),
            upstream_stream: UpstreamStream::Auto,
            headers: BTreeMap::new(),
            allow_http: false,
            enabled: true,
        }
    }
}

/// Whether to ask a provider for a stream when the caller wants one whole answer.
///
/// A silent provider is then noticed by its first token, and dropping the stream stops the bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamStream {
    /// For the kinds known to stream well; for others where the caller wants a stream.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never: who wants a stream gets the answer in one piece.
    Off,
}
