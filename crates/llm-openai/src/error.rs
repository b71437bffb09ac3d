//! The errors of OpenAI and of the servers that are compatible with it, by kind.

use llm_core::{Error, ErrorKind, Retry, Tool};
use llm_http::{Failure, Report, failure_error, kind_of, name_refused_tool};

use crate::wire::limits;

/// Makes an error of what OpenAI, or a server like it, says went wrong.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    let status = failure.effective_status();
    let own = failure.report.and_then(|report| own_kind(report, status));
    let kind = own.unwrap_or_else(|| kind_of(failure));
    let words = failure.report.map(words).unwrap_or_default();
    let error = failure_error(kind, status, &words, retry(failure, kind, &words));
    if kind == ErrorKind::UnsupportedParam && words.contains("stream_options") {
        return error.with_advice("set stream_options to null in the model's extra_body");
    }
    error
}

/// The kinds that the dialect's own words stand for, beside those that all providers share.
fn own_kind(report: &Report<'_>, status: Option<u16>) -> Option<ErrorKind> {
    let is = |word: &str| report.words().any(|other| other == word);
    let message = report.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    if is("exceed_context_size_error") || says(TOO_LONG) {
        return Some(ErrorKind::ContextLength);
    }
    // Some servers answer 500 to an image their model cannot see.
    if matches!(status, Some(400 | 404 | 415 | 422 | 500)) && says(NO_IMAGES) {
        return Some(ErrorKind::UnsupportedParam);
    }
    if is("rate_limit_exceeded") && status == Some(413) {
        return Some(ErrorKind::RateLimited);
    }
    // What web frameworks say of a path they do not serve; a missing model has a name.
    let unknown_path = is("unknown_url")
        || (status == Some(404) && message == "not found")
        || (status == Some(405) && message == "method not allowed");
    unknown_path.then_some(ErrorKind::UpstreamMisconfigured)
}

const TOO_LONG: &[&str] =
    &["exceeds the available context size", "longer than the maximum model length"];
const NO_IMAGES: &[&str] = &[
    "image_url is only supported by certain models",
    "image input is not supported",
    "is not a multimodal model",
    "at most 0 image",
    "unknown variant `image_url`",
    "does not support image",
    "does not support vision",
];

/// The server's words, with the field they are about where they do not name it.
fn words(report: &Report<'_>) -> String {
    let message = report.message.as_deref().unwrap_or_default();
    match report.param.as_deref() {
        Some(param) if !message.contains(param) => format!("{message} (param {param})"),
        _ => message.to_owned(),
    }
}

/// What the headers say about trying again. A request that is larger than what a minute allows
/// fits into no later minute either.
fn retry(failure: &Failure<'_>, kind: ErrorKind, words: &str) -> Option<Retry> {
    if kind != ErrorKind::RateLimited {
        return failure.hint;
    }
    if words.starts_with("Request too large for") {
        return Some(Retry::Never);
    }
    match failure.hint {
        None | Some(Retry::Now) => limits::reset(failure.headers).or(failure.hint),
        hint => hint,
    }
}

/// What the provider alone knows about an error: the name of the tool that was refused, and what
/// may be wrong with the address.
pub(crate) fn explain(error: Error, tools: &[Tool], address: Option<&str>) -> Error {
    let advice = match error.kind() {
        ErrorKind::UpstreamMisconfigured | ErrorKind::NotJson => {
            address.map(|advice| format!("base_url: {advice}"))
        }
        _ => return name_refused_tool(error, tools),
    };
    match advice {
        Some(advice) => error.with_advice(&advice),
        None => error,
    }
}
