//! OpenRouter's answers, its catalogue and what it says of a key.

use llm_openrouter::{KeyInfo, decoding};

use super::response;

/// Reads `bytes` as an answer of OpenRouter: a line with the status, lines of headers, an empty
/// line, the body.
///
/// # Panics
///
/// When what must hold for every provider's answers does not, or a key has less than nothing.
pub fn check(bytes: &[u8]) {
    response::check(bytes, &decoding::DIALECT, decoding::models);
    match response::read(bytes, &decoding::DIALECT, decoding::key) {
        Ok(key) => unspent(&key),
        Err(error) => response::fit_to_be_shown(&error),
    }
}

fn unspent(key: &KeyInfo) {
    let amounts = [key.limit, key.limit_remaining, key.usage];
    assert!(amounts.iter().flatten().all(|amount| !amount.is_sign_negative()), "negative dollars");
}
