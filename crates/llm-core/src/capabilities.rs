//! What a model can do and what it costs.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    ids::ModelId,
    usage::{Cost, CostSource, Usage},
};

/// What a model can do. `None` is unknown: such a model is tried, not left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Capabilities {
    /// Tokens that prompt and answer may have together.
    pub context_window: Option<u64>,
    /// The longest answer, in tokens.
    pub max_output_tokens: Option<u64>,
    /// Calls tools.
    pub tools: Option<bool>,
    /// Takes images.
    pub images: Option<bool>,
    /// Answers in JSON when asked to.
    pub json_object: Option<bool>,
    /// Answers in JSON that follows a schema.
    pub json_schema: Option<bool>,
    /// Streams.
    pub streaming: Option<bool>,
    /// Reasons before it answers.
    pub reasoning: Option<bool>,
    /// Ends its answer at a text it is given, `stop`.
    pub stop: Option<bool>,
}

impl Capabilities {
    /// These capabilities, with those of `other` where unknown.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            context_window: self.context_window.or(other.context_window),
            max_output_tokens: self.max_output_tokens.or(other.max_output_tokens),
            tools: self.tools.or(other.tools),
            images: self.images.or(other.images),
            json_object: self.json_object.or(other.json_object),
            json_schema: self.json_schema.or(other.json_schema),
            streaming: self.streaming.or(other.streaming),
            reasoning: self.reasoning.or(other.reasoning),
            stop: self.stop.or(other.stop),
        }
    }
}

/// US dollars for one token. A price that is not known is `None`, never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Price {
    /// For a token of the prompt.
    pub input: Option<Decimal>,
    /// For a token of the answer.
    pub output: Option<Decimal>,
    /// For the request itself, beside its tokens.
    pub request: Option<Decimal>,
}

impl Price {
    /// US dollars for a token of the prompt and of the answer.
    pub fn per_token(input: Decimal, output: Decimal) -> Self {
        Self { input: Some(input), output: Some(output), request: None }
    }

    /// This price, with that of `other` where unknown.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            request: self.request.or(other.request),
        }
    }

    /// Whether the model is known to cost nothing.
    pub fn is_free(&self) -> bool {
        let zero = Some(Decimal::ZERO);
        self.input == zero && self.output == zero && self.request.unwrap_or_default().is_zero()
    }

    /// What `usage` costs at this price; `None` when the price or the tokens are unknown.
    pub fn cost(&self, usage: &Usage) -> Option<Cost> {
        let input = self.input?.checked_mul(Decimal::from(usage.input_tokens?))?;
        let output = self.output?.checked_mul(Decimal::from(usage.output_tokens?))?;
        let usd = input.checked_add(output)?.checked_add(self.request.unwrap_or_default())?;
        Some(Cost { usd, source: CostSource::Computed })
    }
}

/// A model as a provider's catalogue lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The id calls use.
    pub id: ModelId,
    /// The name people use.
    pub name: Option<String>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What it costs, if the catalogue says.
    pub price: Option<Price>,
    /// The day after which it is no longer served, `YYYY-MM-DD`.
    pub expires: Option<String>,
}

impl ModelInfo {
    /// A model of which only the id is known.
    pub fn new(id: impl Into<ModelId>) -> Self {
        Self {
            id: id.into(),
            name: None,
            capabilities: Capabilities::default(),
            price: None,
            expires: None,
        }
    }
}
