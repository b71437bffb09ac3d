//! Why there is no manager.

use llm_core::ProviderId;

use crate::config::ConfigError;

/// Why a manager could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The configuration cannot be used; every problem is in it.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A provider is of a kind whose cargo feature is off.
    #[error(
        "provider `{provider}`: kind `{kind}` is not in this build; switch on the cargo feature \
         `{feature}` of llm-manager, or set `enabled: false`"
    )]
    FeatureOff {
        /// The provider.
        provider: ProviderId,
        /// Its kind.
        kind: String,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
    /// A provider is of a kind nobody here knows.
    #[error(
        "provider `{provider}`: this build has no kind `{kind}`, it has {known}; \
         register it with LlmManagerBuilder::provider_kind, or set `enabled: false`"
    )]
    UnknownKind {
        /// The provider.
        provider: ProviderId,
        /// Its kind.
        kind: String,
        /// The kinds there are, as a phrase.
        known: String,
    },
    /// A provider's settings do not make a provider.
    #[error("provider `{provider}`: {}", source.message())]
    Provider {
        /// The provider.
        provider: ProviderId,
        /// What is wrong.
        source: llm_core::Error,
    },
}
