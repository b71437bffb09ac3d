//! Anthropic's answers and a page of its catalogue.

use llm_anthropic::decoding::{self, Messages};

use super::response;

/// Reads `bytes` as an answer of Anthropic: a line with the status, lines of headers, an empty
/// line, the body.
///
/// # Panics
///
/// When what must hold for every provider's answers does not.
pub fn check(bytes: &[u8]) {
    response::check(bytes, &Messages, |body| decoding::models(body).map(|page| page.models));
}
