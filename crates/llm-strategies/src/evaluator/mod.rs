//! Judges of two answers.

mod llm;
mod prompt;
mod verdict;

pub use llm::LlmEvaluator;
pub use verdict::parse_verdict;
