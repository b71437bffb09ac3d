//! What a provider says went wrong, and the error it becomes.

use std::{fmt, time::SystemTime};

use llm_core::{Error, ErrorKind, Execution, Retry};
use reqwest::header::HeaderMap;

use crate::report::Report;

/// Tells the wall clock's time, which hints that name a point in time are measured against.
pub type Clock = fn() -> SystemTime;

/// What a provider says went wrong, and what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// The HTTP status; 200 for an error inside an answer.
    pub status: u16,
    /// The error the body holds, if it holds one.
    pub report: Option<&'a Report<'a>>,
    /// What the headers that all providers share say about trying again.
    pub hint: Option<Retry>,
    /// All headers; none for an error inside an answer.
    pub headers: Headers<'a>,
    /// The wall clock, for hints that name a point in time.
    pub now: SystemTime,
}

impl Failure<'_> {
    /// The HTTP status, or the one an error inside a success stands for.
    pub fn effective_status(&self) -> Option<u16> {
        let inner = || self.report.and_then(Report::status);
        if (200..300).contains(&self.status) { inner() } else { Some(self.status) }
    }
}

/// The headers of an answer. Their values never show in the `Debug` form.
#[derive(Clone, Copy, Default)]
pub struct Headers<'a>(Option<&'a HeaderMap>);

impl<'a> Headers<'a> {
    pub(crate) fn new(headers: &'a HeaderMap) -> Self {
        Self(Some(headers))
    }

    /// The first header of this name whose value is visible ASCII.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0?.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Headers").field(&self.0.map_or(0, HeaderMap::len)).finish()
    }
}

/// An error with the provider's words and what they ask of the reader.
pub fn failure_error(
    kind: ErrorKind,
    status: Option<u16>,
    words: &str,
    retry: Option<Retry>,
) -> Error {
    let advice = match kind {
        ErrorKind::UpstreamAuth => "the key was rejected, check the provider's api_key",
        ErrorKind::UpstreamForbidden => "the key may not do this",
        ErrorKind::QuotaExhausted => "credit or quota is used up, add credit or await its reset",
        ErrorKind::InFlightBudget => "the credit is held by requests in flight",
        ErrorKind::ModelNotFound => "the provider does not serve the model, check its id",
        ErrorKind::UpstreamMisconfigured => "no such API at this address, check base_url",
        ErrorKind::ContextLength => "the conversation does not fit the model",
        ErrorKind::ContentPolicy => "refused by policy",
        ErrorKind::RegionBlocked => "not served in this region",
        ErrorKind::UnexpectedRedirect => "redirects are not followed, check base_url",
        _ if words.is_empty() => "the provider gives no reason",
        _ => "",
    };
    let mut error = Error::new(kind, advice).with_upstream_message(words);
    if let Some(status) = status {
        error = error.with_status(status);
        if kind == ErrorKind::Unexpected && status < 500 {
            error = error.with_execution(Execution::Rejected);
        }
    }
    match retry {
        Some(retry) => error.with_retry(retry),
        None => error,
    }
}

/// The error of an answer that had begun: a fault of the provider is one in mid-answer, and
/// whatever it is, tokens were made.
pub(crate) fn in_mid_answer(error: Error) -> Error {
    let of_provider = matches!(
        error.kind(),
        ErrorKind::UpstreamServer
            | ErrorKind::BadGateway
            | ErrorKind::Overloaded
            | ErrorKind::UpstreamTimeout
            | ErrorKind::EdgeError
            | ErrorKind::EdgeTimeout
            | ErrorKind::Unexpected
    );
    if !of_provider {
        return error.with_execution(Execution::Executed);
    }
    let message = match error.message() {
        "" => "the provider failed in mid-answer".to_owned(),
        words => format!("the provider failed in mid-answer: {words}"),
    };
    let mut mid = Error::new(ErrorKind::UpstreamMidError, message);
    if let Some(status) = error.status() {
        mid = mid.with_status(status);
    }
    if let Some(retry) = error.retry() {
        mid = mid.with_retry(retry);
    }
    mid.with_execution(Execution::Executed)
}
