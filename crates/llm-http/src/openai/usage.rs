//! Tokens and cost of an answer.

use llm_core::{Cost, CostSource, Usage};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::number;

/// A `usage` object whose numbers are of type `N`.
#[derive(Deserialize)]
#[serde(default, bound(deserialize = "N: Deserialize<'de>"))]
struct Wire<'a, N> {
    prompt_tokens: Option<N>,
    completion_tokens: Option<N>,
    total_tokens: Option<N>,
    prompt_tokens_details: Option<Details<N>>,
    completion_tokens_details: Option<Details<N>>,
    /// DeepSeek's name for the cached tokens.
    prompt_cache_hit_tokens: Option<N>,
    #[serde(borrow)]
    cost: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(default, bound(deserialize = "N: Deserialize<'de>"))]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
struct Details<N> {
    cached_tokens: Option<N>,
    cache_write_tokens: Option<N>,
    reasoning_tokens: Option<N>,
}

/// Reads a `usage` object. Never fails: what cannot be understood is unknown.
pub(super) fn decode(raw: &RawValue) -> Option<Usage> {
    let text = raw.get();
    // Numbers are mostly what they should be; one that is not is looked at by itself.
    let usage = match serde_json::from_str::<Wire<'_, u64>>(text) {
        Ok(wire) => wire.into_usage(number::sensible),
        Err(_) => serde_json::from_str::<Wire<'_, &RawValue>>(text).ok()?.into_usage(number::count),
    };
    (usage != Usage::default()).then_some(usage)
}

impl<N> Wire<'_, N> {
    fn into_usage(self, count: fn(N) -> Option<u64>) -> Usage {
        let prompt = self.prompt_tokens_details.unwrap_or_default();
        let completion = self.completion_tokens_details.unwrap_or_default();
        let mut usage = Usage::default();
        usage.input_tokens = self.prompt_tokens.and_then(count);
        usage.output_tokens = self.completion_tokens.and_then(count);
        usage.total_tokens = self.total_tokens.and_then(count);
        usage.cached_input_tokens =
            prompt.cached_tokens.or(self.prompt_cache_hit_tokens).and_then(count);
        usage.cache_write_tokens = prompt.cache_write_tokens.and_then(count);
        usage.reasoning_tokens = completion.reasoning_tokens.and_then(count);
        let cost = self.cost.and_then(number::decimal);
        usage.cost = cost.map(|usd| Cost { usd, source: CostSource::Reported });
        usage
    }
}

impl<N> Default for Wire<'_, N> {
    fn default() -> Self {
        Self {
            prompt_tokens: None,
            completion_tokens: None,
            total_tokens: None,
            prompt_tokens_details: None,
            completion_tokens_details: None,
            prompt_cache_hit_tokens: None,
            cost: None,
        }
    }
}

impl<N> Default for Details<N> {
    fn default() -> Self {
        Self { cached_tokens: None, cache_write_tokens: None, reasoning_tokens: None }
    }
}
