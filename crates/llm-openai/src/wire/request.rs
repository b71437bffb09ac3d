//! How requests to OpenAI differ from those to servers that are compatible with it.

use llm_http::openai::{Dialect, ReasoningStyle};

use crate::error::classify;

/// The dialect of OpenAI itself.
pub(crate) const OPENAI: Dialect = Dialect { classify, ..Dialect::OPENAI };

/// The dialect in the standard fields that every compatible server knows.
pub(crate) const COMPATIBLE: Dialect = Dialect {
    output_limit: "max_tokens",
    reasoning: ReasoningStyle::Effort,
    earlier_reasoning: None,
    top_k: false,
    ask_for_usage: true,
    classify,
};
