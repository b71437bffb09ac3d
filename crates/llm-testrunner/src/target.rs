//! A model to test, as whoever knows the configuration describes it.

use std::{sync::Arc, time::Duration};

use llm_core::{
    Capabilities, ExclusionReason, Extras, ModelRef, ModelRole, Price, Provider, Reasoning,
    Sampling,
};

/// A model to test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TestTarget {
    /// The model.
    pub model: ModelRef,
    /// Who serves it, or why nobody does.
    pub provider: Result<Arc<dyn Provider>, ExclusionReason>,
    /// Its role in the chain.
    pub role: Option<ModelRole>,
    /// What it can do, as far as known.
    pub capabilities: Capabilities,
    /// What it costs, if known.
    pub price: Option<Price>,
    /// Sampling parameters of its configuration.
    pub sampling: Sampling,
    /// Reasoning parameters of its configuration.
    pub reasoning: Option<Reasoning>,
    /// Fields of the provider's own API that its configuration sets.
    pub extras: Extras,
    /// How long to wait for the first content of a stream.
    pub first_token: Duration,
    /// How long a stream may be silent.
    pub idle: Duration,
    /// How long a stream may go on without content.
    pub progress: Duration,
    /// Whether whole answers are asked for as a stream: the test measures what requests will meet.
    pub stream: bool,
    /// Where the configuration names the model, as `file:line`.
    pub place: Option<String>,
    /// Where a key for the provider can be had.
    pub key_page: Option<String>,
    /// The names most like its own, where a catalogue that was read earlier does not list it.
    pub nearest: Vec<String>,
}

impl TestTarget {
    /// `model`, served by `provider`, with defaults for the rest.
    pub fn new(
        model: ModelRef,
        provider: Result<Arc<dyn Provider>, ExclusionReason>,
        role: Option<ModelRole>,
    ) -> Self {
        Self {
            model,
            provider,
            role,
            capabilities: Capabilities::default(),
            price: None,
            sampling: Sampling::default(),
            reasoning: None,
            extras: Extras::default(),
            first_token: Duration::from_secs(20),
            idle: Duration::from_secs(30),
            progress: Duration::from_secs(90),
            stream: true,
            place: None,
            key_page: None,
            nearest: Vec::new(),
        }
    }

    /// Whether it reasons before it answers, as far as known.
    pub(crate) fn reasons(&self) -> bool {
        self.capabilities.reasoning == Some(true) || self.reasoning.is_some()
    }

    /// What it is called where a place for its name is short.
    pub(crate) fn id(&self) -> &str {
        self.model.model.as_str()
    }
}
