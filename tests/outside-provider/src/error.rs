//! Quill's errors, by kind.

use std::time::Duration;

use llm_core::{Error, ErrorKind, Retry};
use llm_http::{Failure, failure_error, kind_of};

/// Makes an error of what Quill says went wrong: its own names first, then the status.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    let name = failure.report.and_then(|report| report.code.as_deref());
    let words = failure.report.and_then(|report| report.message.as_deref());
    let kind = name.and_then(by_name).unwrap_or_else(|| kind_of(failure));
    let retry = failure.hint.or_else(|| wait(failure));
    failure_error(kind, failure.effective_status(), words.unwrap_or_default(), retry)
}

/// The kind a fault's name stands for. A name that is not here is judged by its status.
fn by_name(name: &str) -> Option<ErrorKind> {
    Some(match name {
        "key_unknown" => ErrorKind::UpstreamAuth,
        "purse_empty" => ErrorKind::QuotaExhausted,
        "slow_down" => ErrorKind::RateLimited,
        "engine_unknown" => ErrorKind::ModelNotFound,
        "engine_busy" => ErrorKind::Overloaded,
        "engine_broke" => ErrorKind::UpstreamServer,
        "field_unknown" => ErrorKind::UnsupportedParam,
        "turns_too_long" => ErrorKind::ContextLength,
        "unwelcome" => ErrorKind::ContentPolicy,
        _ => return None,
    })
}

/// How long Quill asks to be left alone: milliseconds, in a header of its own.
fn wait(failure: &Failure<'_>) -> Option<Retry> {
    let milliseconds = failure.headers.get("x-quill-wait")?.parse().ok()?;
    Some(Retry::After(Duration::from_millis(milliseconds)))
}
