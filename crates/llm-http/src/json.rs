//! Answers as JSON, and what is wrong with those that are none.

use std::borrow::Cow;

use llm_core::{Error, ErrorKind, Result};
use serde::Deserialize;

/// The body as text without byte order mark and surrounding space; bytes that are no UTF-8 are
/// replaced.
pub fn json_text(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    // The check alone is many times faster than the replacement, and bodies are text.
    str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// Reads an answer or a piece of one, or says what is wrong with it, without quoting it.
pub fn parse_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    if text.is_empty() {
        return Err(Error::new(ErrorKind::EmptyResponse, "the answer is empty"));
    }
    if text.starts_with('[') {
        let message = "the answer is a JSON list instead of an object";
        return Err(Error::new(ErrorKind::MalformedResponse, message));
    }
    serde_json::from_str(text).map_err(|error| unreadable(text, &error))
}

fn unreadable(text: &str, error: &serde_json::Error) -> Error {
    use serde_json::error::Category;

    if !text.starts_with('{') {
        let page = text.starts_with('<');
        let what = if page { "the answer is a page" } else { "the answer is text" };
        let message = format!("{what} instead of JSON, check base_url");
        return Error::new(ErrorKind::NotJson, message);
    }
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => Error::new(ErrorKind::TruncatedResponse, "the answer's JSON ends early"),
        Category::Data => {
            let message = format!("the answer's JSON has an unknown shape at {place}");
            Error::new(ErrorKind::MalformedResponse, message)
        }
        Category::Syntax | Category::Io => {
            let message = format!("the answer is broken JSON at {place}");
            Error::new(ErrorKind::MalformedResponse, message)
        }
    }
}
