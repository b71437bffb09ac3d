//! A model the engine can call, as the configuration describes it.

use std::{sync::Arc, time::Duration};

use llm_core::{
    Capabilities, ChatRequest, ExclusionReason, Extras, ModelRef, ModelRole, Price, Provider,
    Reasoning, Sampling,
};

use super::reactions::Reactions;

/// A model the engine can call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The model.
    pub model: ModelRef,
    /// Who serves it, or why nobody does.
    pub provider: Result<Arc<dyn Provider>, ExclusionReason>,
    /// Its role: the first that names it.
    pub role: Option<ModelRole>,
    /// Names the key used. Models with the same key share its retry budget and its rest.
    pub credential: Arc<str>,
    /// What it can do, as far as known.
    pub capabilities: Capabilities,
    /// What it costs, if known.
    pub price: Option<Price>,
    /// What requests do not set themselves.
    pub defaults: RequestDefaults,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// What to do about answers that are of no use, where it differs from the fault table.
    pub reactions: Reactions,
    /// Whether to ask for a stream also when the caller wants one whole answer: a silent provider
    /// is then noticed by its first token, and dropping the stream stops the bill.
    pub upstream_stream: bool,
    /// Whether to ask for a stream at least where the caller wants one. Without either, such a
    /// caller gets the whole answer at once.
    pub stream_on_request: bool,
}

impl Target {
    /// `model`, served by `provider`, with defaults for the rest.
    pub fn new(model: ModelRef, provider: Arc<dyn Provider>, role: Option<ModelRole>) -> Self {
        Self::of(model, Ok(provider), role)
    }

    /// `model`, which nobody serves, for a reason that requests are told.
    pub fn excluded(model: ModelRef, reason: ExclusionReason, role: Option<ModelRole>) -> Self {
        Self::of(model, Err(reason), role)
    }

    fn of(
        model: ModelRef,
        provider: Result<Arc<dyn Provider>, ExclusionReason>,
        role: Option<ModelRole>,
    ) -> Self {
        Self {
            credential: Arc::from(model.provider.as_str()),
            model,
            provider,
            role,
            capabilities: Capabilities::default(),
            price: None,
            defaults: RequestDefaults::default(),
            timeouts: Timeouts::default(),
            reactions: Reactions::default(),
            upstream_stream: true,
            stream_on_request: false,
        }
    }
}

/// What a model's configuration sets where a request does not.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RequestDefaults {
    /// Sampling parameters.
    pub sampling: Sampling,
    /// Reasoning.
    pub reasoning: Option<Reasoning>,
    /// Fields of the provider's own API.
    pub extras: Extras,
}

impl RequestDefaults {
    /// `request` with these defaults where it sets nothing.
    pub(crate) fn apply(&self, request: &ChatRequest) -> ChatRequest {
        let mut request = request.clone();
        request.sampling = request.sampling.or(&self.sampling);
        request.reasoning = request.reasoning.or_else(|| self.reasoning.clone());
        if !self.extras.is_empty() {
            let mut extras = self.extras.clone();
            extras.extend(request.extras.iter().map(|(key, value)| (key.clone(), value.clone())));
            request.extras = Arc::new(extras);
        }
        request
    }
}

/// How long one attempt waits for what. Connecting has its own limit in the provider's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// From the call to the first content.
    pub first_token: Duration,
    /// Between two signs of life, once content has come.
    pub idle: Duration,
    /// Between two pieces of content.
    pub progress: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_token: Duration::from_secs(20),
            idle: Duration::from_secs(30),
            progress: Duration::from_secs(90),
        }
    }
}
