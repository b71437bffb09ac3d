//! The answers of OpenAI and of servers compatible with it, and their list of models.

use llm_openai::decoding::{self, COMPATIBLE, OPENAI};

use super::response;

/// Reads `bytes` as an answer of either: a line with the status, lines of headers, an empty line,
/// the body.
///
/// # Panics
///
/// When what must hold for every provider's answers does not.
pub fn check(bytes: &[u8]) {
    response::check(bytes, &OPENAI, decoding::models);
    response::check(bytes, &COMPATIBLE, decoding::models);
}
