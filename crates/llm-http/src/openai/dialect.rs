//! What differs between providers that speak the OpenAI-compatible dialect.

use std::time::SystemTime;

use llm_core::{Error, Retry};

use super::report::Report;

/// Tells the wall clock's time, which hints that name a point in time are measured against.
pub type Clock = fn() -> SystemTime;

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
        classify: super::classify::classify,
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

/// What a provider says went wrong, and what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// The HTTP status; 200 for an error inside an answer.
    pub status: u16,
    /// The error the body holds, if it holds one.
    pub report: Option<&'a Report<'a>>,
    /// What the headers say about trying again.
    pub hint: Option<Retry>,
    /// The header `X-RateLimit-Reset`.
    pub reset: Option<&'a str>,
    /// The wall clock, for hints that name a point in time.
    pub now: SystemTime,
}
