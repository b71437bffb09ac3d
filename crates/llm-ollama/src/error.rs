//! Ollama's errors, by kind.

use llm_core::{Error, ErrorKind, Retry};
use llm_http::{Failure, Report, failure_error, kind_of};

/// What Ollama says that its status does not, in small letters.
const PHRASES: [(&[&str], ErrorKind); 5] = [
    (
        &["out of memory", "requires more system memory", "server busy", "maximum pending"],
        ErrorKind::Overloaded,
    ),
    (&["context length", "context size"], ErrorKind::ContextLength),
    (&["timed out waiting for llama runner"], ErrorKind::UpstreamTimeout),
    (
        &[
            "does not support",
            "not supported for this model",
            "missing data required for image input",
            "invalid think value",
        ],
        ErrorKind::UnsupportedParam,
    ),
    (&["usage limit"], ErrorKind::QuotaExhausted),
];

/// Makes an error of what Ollama says went wrong: its words first, then the status. Its errors
/// are texts without a code.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    let status = failure.effective_status();
    let words = failure.report.and_then(|report| report.message.as_deref()).unwrap_or_default();
    // What its runner said may stand in the text as it came, which is JSON.
    let inner = Report::find(words.trim()).and_then(|report| report.message);
    let words = inner.as_deref().unwrap_or(words);
    let said = words.to_ascii_lowercase();
    let kind = missing_model(&said, status).or_else(|| by_phrase(&said));
    let kind = kind.unwrap_or_else(|| kind_of(failure));
    // More memory than the machine has is not to be had by waiting.
    let hopeless = said.contains("requires more system memory").then_some(Retry::Never);
    let retry = failure.hint.or(hopeless);
    if kind == ErrorKind::ModelNotFound {
        let error = Error::new(kind, "the server does not have the model");
        let error = error.with_upstream_message(words);
        let error = status.into_iter().fold(error, Error::with_status);
        return retry.into_iter().fold(error, Error::with_retry);
    }
    failure_error(kind, status, words, retry)
}

fn missing_model(said: &str, status: Option<u16>) -> Option<ErrorKind> {
    let says_so = said.contains("model") && said.contains("not found");
    (says_so && status.is_none_or(|status| matches!(status, 400 | 404)))
        .then_some(ErrorKind::ModelNotFound)
}

fn by_phrase(said: &str) -> Option<ErrorKind> {
    let row =
        PHRASES.iter().find(|(phrases, _)| phrases.iter().any(|phrase| said.contains(phrase)));
    row.map(|(_, kind)| *kind)
}
