//! Ollama's answers, its catalogue and what it says of a model.

use llm_ollama::decoding::{self, Native};

use super::response;

/// Reads `bytes` as an answer of Ollama: a line with the status, lines of headers, an empty line,
/// the body.
///
/// # Panics
///
/// When what must hold for every provider's answers does not.
pub fn check(bytes: &[u8]) {
    response::check(bytes, &Native, decoding::models);
    if let Err(error) = response::read(bytes, &Native, decoding::shown) {
        response::fit_to_be_shown(&error);
    }
}
