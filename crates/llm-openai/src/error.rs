//! OpenAI's errors, by kind.

use llm_core::Error;
use llm_http::Failure;

/// Makes an error of what OpenAI, or a server like it, says went wrong.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    llm_http::classify(failure)
}
