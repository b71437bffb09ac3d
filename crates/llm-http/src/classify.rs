//! From what a provider says to the kind of error: its words first, then the status.

use llm_core::{Error, ErrorKind, Retry};

use crate::{
    failure::{Failure, failure_error},
    report::Report,
    status::status_kind,
};

/// Makes an error of what a provider without habits of its own says went wrong.
pub fn classify(failure: &Failure<'_>) -> Error {
    let status = failure.effective_status();
    let kind = kind_of(failure);
    let words = failure.report.and_then(|report| report.message.as_deref());
    failure_error(kind, status, words.unwrap_or_default(), failure.hint)
}

/// The kind of a failure, by the provider's words where they are telling, else by its status.
pub fn kind_of(failure: &Failure<'_>) -> ErrorKind {
    let status = failure.effective_status();
    let told = failure.report.and_then(|report| by_report(report, status));
    let kind = told.unwrap_or_else(|| match (status, failure.report) {
        (Some(404), Some(_)) => ErrorKind::ModelNotFound,
        (Some(404), None) => ErrorKind::UpstreamMisconfigured,
        (Some(status), _) => status_kind(status),
        (None, Some(report)) => {
            report.words().find_map(by_class).unwrap_or(ErrorKind::UpstreamServer)
        }
        (None, None) => ErrorKind::UpstreamServer,
    });
    // A credit error that time heals: other requests hold the credit for as long as they run.
    match (kind, status, failure.hint) {
        (ErrorKind::QuotaExhausted, Some(402), Some(Retry::After(_))) => ErrorKind::InFlightBudget,
        (kind, ..) => kind,
    }
}

/// What a report says beyond doubt.
fn by_report(report: &Report<'_>, status: Option<u16>) -> Option<ErrorKind> {
    let by_words = report.words().find_map(by_word);
    by_words.or_else(|| kind_by_message(report.message.as_deref()?, status))
}

/// The kind a word stands for, whatever the status.
fn by_word(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "context_length_exceeded" | "max_tokens_exceeded" | "token_limit_exceeded" => {
            ErrorKind::ContextLength
        }
        "insufficient_quota"
        | "insufficient_credits"
        | "credit_balance_exhausted"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "billing_error"
        | "payment_required"
        | "enforced_spend_limit_reached" => ErrorKind::QuotaExhausted,
        "model_not_found" | "model_deprecated" => ErrorKind::ModelNotFound,
        "unsupported_parameter" | "unknown_parameter" | "unsupported_value" => {
            ErrorKind::UnsupportedParam
        }
        "content_policy_violation" | "content_filter" | "refusal" => ErrorKind::ContentPolicy,
        // Under 404 it is not the model that is missing.
        "image_not_found" => ErrorKind::InvalidRequest,
        "unsupported_country_region_territory" | "region_restricted" => ErrorKind::RegionBlocked,
        _ if word.ends_with("_spend_limit_exceeded") || word.ends_with("_usage_limit_exceeded") => {
            ErrorKind::QuotaExhausted
        }
        _ => return None,
    })
}

/// The kind a word stands for where no status says more.
fn by_class(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "rate_limit_exceeded" | "rate_limit_error" | "slow_down" | "throttling_error" => {
            ErrorKind::RateLimited
        }
        "authentication" | "authentication_error" | "invalid_api_key" => ErrorKind::UpstreamAuth,
        "permission_denied" | "permission_error" => ErrorKind::UpstreamForbidden,
        "invalid_request"
        | "invalid_request_error"
        | "invalid_prompt"
        | "string_too_long"
        | "invalid_image"
        | "image_too_large"
        | "image_too_small"
        | "unsupported_image_format"
        | "image_download_failed" => ErrorKind::InvalidRequest,
        "not_found" | "not_found_error" => ErrorKind::ModelNotFound,
        "precondition_failed" => ErrorKind::Unexpected,
        "conflict_error" => ErrorKind::Conflict,
        "payload_too_large" | "request_too_large" => ErrorKind::PayloadTooLarge,
        "unprocessable" => ErrorKind::Unprocessable,
        "overloaded_error"
        | "provider_overloaded"
        | "server_is_overloaded"
        | "service_unavailable_error" => ErrorKind::Overloaded,
        "provider_unavailable" => ErrorKind::BadGateway,
        "timeout" | "timeout_error" => ErrorKind::UpstreamTimeout,
        _ => return None,
    })
}

/// The kind a message speaks of, for the statuses under which each is seen.
pub fn kind_by_message(message: &str, status: Option<u16>) -> Option<ErrorKind> {
    let message = message.to_ascii_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
    let among = |statuses: &[u16]| status.is_none_or(|status| statuses.contains(&status));
    let rows: [(&[u16], &[&str], ErrorKind); 7] = [
        (&[400, 402, 403, 429], QUOTA, ErrorKind::QuotaExhausted),
        (&[400, 413, 422], CONTEXT, ErrorKind::ContextLength),
        (&[400, 404, 422], UNSUPPORTED, ErrorKind::UnsupportedParam),
        (&[404, 405], WRONG_PATH, ErrorKind::UpstreamMisconfigured),
        (&[400, 404], NO_MODEL, ErrorKind::ModelNotFound),
        (&[400, 403, 451], REGION, ErrorKind::RegionBlocked),
        (&[400, 403], POLICY, ErrorKind::ContentPolicy),
    ];
    let row = rows.iter().find(|(statuses, phrases, _)| among(statuses) && says(phrases));
    row.map(|(.., kind)| *kind)
}

const QUOTA: &[&str] = &[
    "insufficient quota",
    "insufficient credits",
    "exceeded your current quota",
    "credit balance",
    "spend limit",
    "key limit exceeded",
    "free-models-per-day",
];
const CONTEXT: &[&str] =
    &["context length", "context window", "contextwindow", "maximum context", "prompt is too long"];
const UNSUPPORTED: &[&str] = &[
    "unsupported parameter",
    "unknown parameter",
    "unrecognized request argument",
    "not supported with this model",
    "not supported by this model",
    "does not support",
    "no endpoints found that support",
    "no endpoints found that can handle",
    "extra inputs are not permitted",
];
const WRONG_PATH: &[&str] = &[
    "invalid url",
    "no route",
    "page not found",
    "file not found",
    "unknown request url",
    "unexpected endpoint or method",
];
const NO_MODEL: &[&str] = &[
    "not a valid model",
    "invalid model name",
    "model not found",
    "model does not exist",
    "unknown model",
    "model not exist",
    "no endpoints found",
];
const REGION: &[&str] = &["your region", "your country", "country, region"];
const POLICY: &[&str] =
    &["content policy", "content management policy", "moderation", "flagged", "guardrail"];
