//! What an answer used and cost.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Tokens used, as the provider counted them. What it did not say is `None`, never 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: Option<u64>,
    /// Both together, as the provider counts them.
    pub total_tokens: Option<u64>,
    /// Tokens of the prompt that came from the provider's cache.
    pub cached_input_tokens: Option<u64>,
    /// Tokens of the prompt written to the provider's cache.
    pub cache_write_tokens: Option<u64>,
    /// Tokens of the answer spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// What it cost.
    pub cost: Option<Cost>,
}

impl Usage {
    /// Usage of `input_tokens` and `output_tokens`, the rest unknown.
    pub fn of(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens: Some(input_tokens),
            output_tokens: Some(output_tokens),
            total_tokens: Some(input_tokens.saturating_add(output_tokens)),
            ..Self::default()
        }
    }

    /// Both together; an unknown figure on either side makes the sum unknown.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            total_tokens: sum(self.total_tokens, other.total_tokens),
            cached_input_tokens: sum(self.cached_input_tokens, other.cached_input_tokens),
            cache_write_tokens: sum(self.cache_write_tokens, other.cache_write_tokens),
            reasoning_tokens: sum(self.reasoning_tokens, other.reasoning_tokens),
            cost: self.cost.zip(other.cost).and_then(|(left, right)| left.checked_add(right)),
        }
    }
}

/// Money, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// US dollars.
    pub usd: Decimal,
    /// Who says so.
    pub source: CostSource,
}

impl Cost {
    /// The sum of both, computed if either was; `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let source = if self.source == other.source { self.source } else { CostSource::Computed };
        Some(Self { usd: self.usd.checked_add(other.usd)?, source })
    }
}

/// Where a cost comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// The provider reported it with the answer.
    Reported,
    /// It was computed from tokens and prices.
    Computed,
}

fn sum(left: Option<u64>, right: Option<u64>) -> Option<u64> {
    left?.checked_add(right?)
}
