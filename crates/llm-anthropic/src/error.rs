//! Anthropic's errors, by kind.

use std::time::SystemTime;

use jiff::Timestamp;
use llm_core::{Error, ErrorKind, Retry};
use llm_http::{Failure, Headers, Word, failure_error, kind_of};
use serde::Deserialize;

/// The limits whose state the headers tell, as they name them.
const LIMITS: [&str; 4] = ["requests", "tokens", "input-tokens", "output-tokens"];

/// `error.details`, as far as it tells something.
#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow, default)]
    error_code: Word<'a>,
}

/// Makes an error of what Anthropic says went wrong: details first, then words, then the status.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    let status = failure.effective_status();
    let message = failure.report.and_then(|report| report.message.as_deref()).unwrap_or_default();
    let kind = by_details(failure).or_else(|| by_message(message, status));
    let kind = kind.unwrap_or_else(|| match kind_of(failure) {
        ErrorKind::InvalidRequest if blames_model(message) => ErrorKind::UnsupportedParam,
        kind => kind,
    });
    failure_error(kind, status, message, retry(failure, kind, message))
}

/// What `error.details` says beyond doubt.
fn by_details(failure: &Failure<'_>) -> Option<ErrorKind> {
    let details: Details<'_> = serde_json::from_str(failure.report?.details?.get()).ok()?;
    let is_spent = details.error_code.as_deref()? == "enforced_spend_limit_reached";
    is_spent.then_some(ErrorKind::QuotaExhausted)
}

/// What Anthropic's own sentences say, for the statuses under which each is seen.
fn by_message(message: &str, status: Option<u16>) -> Option<ErrorKind> {
    let message = message.trim().trim_end_matches('.').to_ascii_lowercase();
    let says = |phrase: &str| message.contains(phrase);
    match status {
        // A model that is missing is named: `model: claude-x`.
        Some(404) if message == "not found" => Some(ErrorKind::UpstreamMisconfigured),
        Some(404) if message.starts_with("model:") => Some(ErrorKind::ModelNotFound),
        Some(429) if says("extra usage is required") => Some(ErrorKind::QuotaExhausted),
        None | Some(400) if says("api usage limits") => Some(ErrorKind::QuotaExhausted),
        None | Some(400) if says("exceed context limit") => Some(ErrorKind::ContextLength),
        None | Some(400) if says("content filtering policy") => Some(ErrorKind::ContentPolicy),
        _ => None,
    }
}

/// Whether a wrong request would be right for another model.
fn blames_model(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    // What thinking goes together with, and what it wants of earlier answers, are rules of this
    // provider.
    let phrases =
        ["this model", "maximum allowed number of output tokens", "unexpected role", "thinking"];
    phrases.iter().any(|phrase| message.contains(phrase))
}

/// What Anthropic says about trying again: what the headers say, else when the limit that is
/// used up is renewed.
fn retry(failure: &Failure<'_>, kind: ErrorKind, message: &str) -> Option<Retry> {
    if failure.hint.is_some() {
        return failure.hint;
    }
    let until = match kind {
        ErrorKind::RateLimited => reset(failure.headers),
        ErrorKind::QuotaExhausted => regained(message),
        _ => None,
    };
    let until = SystemTime::try_from(until?).ok()?;
    let wait = until.duration_since(failure.now).ok()?;
    (!wait.is_zero()).then_some(Retry::After(wait))
}

/// When the last of the limits that are used up is renewed.
fn reset(headers: Headers<'_>) -> Option<Timestamp> {
    let field = |limit: &str, field: &str| {
        headers.get(&format!("anthropic-ratelimit-{limit}-{field}")).map(str::trim)
    };
    let spent = LIMITS.into_iter().filter(|limit| field(limit, "remaining") == Some("0"));
    spent.filter_map(|limit| field(limit, "reset")?.parse().ok()).max()
}

/// The time in `You will regain access on 2026-04-01 at 00:00 UTC.`
fn regained(message: &str) -> Option<Timestamp> {
    let (_, rest) = message.split_once("regain access on ")?;
    let (date, rest) = rest.split_once(" at ")?;
    let (time, _) = rest.split_once(" UTC")?;
    format!("{date}T{time}:00Z").parse().ok()
}
