//! What differs between providers that speak the OpenAI-compatible dialect.

use llm_core::{ChatResponse, Error, Result};

use super::{answer::decode_answer, chunks::ChunkReader};
use crate::{
    classify::classify,
    codec::{Codec, Framing},
    failure::{Clock, Failure},
};

/// How one provider's dialect differs from the others'.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The field that limits the answer's length: `max_tokens` or `max_completion_tokens`.
    pub output_limit: &'static str,
    /// How a request asks for reasoning.
    pub reasoning: ReasoningStyle,
    /// The field of an earlier answer's reasoning, where the provider takes it back.
    pub earlier_reasoning: Option<&'static str>,
    /// Whether it knows `top_k`.
    pub top_k: bool,
    /// Whether a stream must be asked for its usage.
    pub ask_for_usage: bool,
    /// Makes an error of what the provider says went wrong. Origin, request id and execution
    /// class are added to it.
    pub classify: fn(&Failure<'_>) -> Error,
}

impl Dialect {
    /// The dialect as OpenAI speaks it.
    pub const OPENAI: Self = Self {
        output_limit: "max_completion_tokens",
        reasoning: ReasoningStyle::Effort,
        earlier_reasoning: None,
        top_k: false,
        ask_for_usage: true,
        classify,
    };
}

/// How a request asks for reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningStyle {
    /// `reasoning: {effort, max_tokens, exclude}`.
    Object,
    /// `reasoning_effort: "low"`.
    Effort,
}

impl Codec for Dialect {
    type Reader = ChunkReader;

    const FRAMING: Framing = Framing::Events;

    fn decode_answer(&self, body: &[u8], clock: Clock) -> Result<ChatResponse> {
        decode_answer(body, self, clock)
    }

    fn reader(&self, clock: Clock) -> ChunkReader {
        ChunkReader::new(*self, clock)
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        (self.classify)(failure)
    }
}
