//! Tokens of an answer.

use llm_core::Usage;
use llm_http::count;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The counts so far. Each event of a stream tells some of them anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens {
    input: Option<u64>,
    output: Option<u64>,
    cache_write: Option<u64>,
    cache_read: Option<u64>,
    thinking: Option<u64>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default)]
    input_tokens: Option<&'a RawValue>,
    #[serde(borrow, default)]
    output_tokens: Option<&'a RawValue>,
    #[serde(borrow, default)]
    cache_creation_input_tokens: Option<&'a RawValue>,
    #[serde(borrow, default)]
    cache_read_input_tokens: Option<&'a RawValue>,
    #[serde(borrow, default)]
    output_tokens_details: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow, default)]
    thinking_tokens: Option<&'a RawValue>,
}

impl Tokens {
    /// Takes over what a `usage` object says. Never fails: what cannot be understood is unknown.
    pub(super) fn update(&mut self, raw: &RawValue) {
        let Ok(wire) = serde_json::from_str::<Wire<'_>>(raw.get()) else { return };
        let details = wire.output_tokens_details.map(|raw| serde_json::from_str(raw.get()));
        let details: Option<Details<'_>> = details.and_then(Result::ok);
        let news = [
            (&mut self.input, wire.input_tokens),
            (&mut self.output, wire.output_tokens),
            (&mut self.cache_write, wire.cache_creation_input_tokens),
            (&mut self.cache_read, wire.cache_read_input_tokens),
            (&mut self.thinking, details.and_then(|details| details.thinking_tokens)),
        ];
        for (known, told) in news {
            *known = told.and_then(count).or(*known);
        }
    }

    /// Takes over what the start of a stream says. It cannot know how long the answer will be.
    pub(super) fn start(&mut self, raw: &RawValue) {
        self.update(raw);
        self.output = None;
    }

    /// The usage so far, if anything of it is known. What was cached is part of the prompt, but
    /// no part of `input_tokens`.
    pub(super) fn usage(&self) -> Option<Usage> {
        let cached = [self.cache_write, self.cache_read].into_iter().flatten();
        let mut usage = Usage::default();
        usage.input_tokens = self.input.map(|input| cached.fold(input, u64::saturating_add));
        usage.output_tokens = self.output;
        usage.total_tokens =
            usage.input_tokens.zip(self.output).map(|(input, output)| input.saturating_add(output));
        usage.cached_input_tokens = self.cache_read;
        usage.cache_write_tokens = self.cache_write;
        usage.reasoning_tokens = self.thinking;
        (usage != Usage::default()).then_some(usage)
    }
}
