//! A fact with its source, and all facts of a model.

use llm_core::{Capabilities, Price};
use rust_decimal::Decimal;
use serde::Serialize;

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FactSource {
    /// The provider's catalogue.
    Catalogue,
    /// The configuration.
    Config,
    /// Nobody says.
    #[default]
    Unknown,
}

/// Something that may be known of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fact<T> {
    /// What is known; `None` exactly when the source is [`FactSource::Unknown`].
    pub value: Option<T>,
    /// Who says so.
    pub source: FactSource,
}

/// What is known of a model.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelFacts {
    /// Tokens that prompt and answer may have together.
    pub context_window: Fact<u64>,
    /// The longest answer, in tokens.
    pub max_output_tokens: Fact<u64>,
    /// Calls tools.
    pub tools: Fact<bool>,
    /// Takes images.
    pub images: Fact<bool>,
    /// Answers in JSON when asked to.
    pub json_object: Fact<bool>,
    /// Answers in JSON that follows a schema.
    pub json_schema: Fact<bool>,
    /// Reasons before it answers.
    pub reasoning: Fact<bool>,
    /// Ends its answer at a text it is given.
    pub stop: Fact<bool>,
    /// Streams.
    pub streaming: Fact<bool>,
    /// US dollars for a token of the prompt.
    pub input_price: Fact<Decimal>,
    /// US dollars for a token of the answer.
    pub output_price: Fact<Decimal>,
    /// US dollars for a request, beside its tokens.
    pub request_price: Fact<Decimal>,
    /// What the configuration says in vain, because the catalogue says something else.
    pub contradictions: Vec<Contradiction>,
}

/// A setting without effect, because the catalogue says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Contradiction {
    /// The way to the setting, such as `providers.openrouter.models[0].context_window`.
    pub setting: String,
    /// What the setting says.
    pub config: String,
    /// What the catalogue says, which counts.
    pub catalogue: String,
}

impl<T> Fact<T> {
    /// What `catalogue` says, else what `config` says.
    pub(super) fn new(catalogue: Option<T>, config: Option<T>) -> Self {
        let said = |value, source| Self { value: Some(value), source };
        let catalogue = catalogue.map(|value| said(value, FactSource::Catalogue));
        let config = || config.map(|value| said(value, FactSource::Config));
        catalogue.or_else(config).unwrap_or_default()
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self { value: None, source: FactSource::Unknown }
    }
}

impl ModelFacts {
    /// What the model can do, whoever says so.
    pub fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.context_window = self.context_window.value;
        capabilities.max_output_tokens = self.max_output_tokens.value;
        capabilities.tools = self.tools.value;
        capabilities.images = self.images.value;
        capabilities.json_object = self.json_object.value;
        capabilities.json_schema = self.json_schema.value;
        capabilities.reasoning = self.reasoning.value;
        capabilities.stop = self.stop.value;
        capabilities.streaming = self.streaming.value;
        capabilities
    }

    /// What the model costs, whoever says so.
    pub fn price(&self) -> Option<Price> {
        let mut price = Price::default();
        price.input = self.input_price.value;
        price.output = self.output_price.value;
        price.request = self.request_price.value;
        (price != Price::default()).then_some(price)
    }

    /// Whether anything is known.
    pub fn is_empty(&self) -> bool {
        self.capabilities() == Capabilities::default() && self.price().is_none()
    }
}
