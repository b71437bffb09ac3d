//! OpenRouter's errors, by kind.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use llm_core::{Error, ErrorKind, Retry};
use llm_http::{Failure, Headers, Report, Word, failure_error, kind_by_message, kind_of};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// A reset time above this is in milliseconds, below in seconds since 1970.
const MILLISECONDS: f64 = 1e11;

/// `error.metadata`, as far as it tells something.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    raw: Option<&'a RawValue>,
    #[serde(borrow)]
    provider_name: Word<'a>,
    #[serde(borrow)]
    provider_code: Word<'a>,
    #[serde(borrow)]
    error_type: Word<'a>,
    #[serde(borrow)]
    limit_source: Word<'a>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    patterns: Option<&'a RawValue>,
    #[serde(borrow)]
    reasons: Option<&'a RawValue>,
    #[serde(borrow)]
    flagged_input: Option<&'a RawValue>,
    #[serde(borrow)]
    previous_errors: Option<&'a RawValue>,
}

/// `error.availability`: why no upstream serves the model.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Availability<'a> {
    #[serde(borrow)]
    code: Word<'a>,
    #[serde(borrow)]
    retryable: Option<&'a RawValue>,
    #[serde(borrow)]
    retry_after: Word<'a>,
    #[serde(borrow)]
    excluded_by: Option<&'a RawValue>,
}

/// Makes an error of what OpenRouter says went wrong: availability first, then metadata, then
/// words, then the status.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    let report = failure.report;
    let metadata: Metadata<'_> = read(report.and_then(|report| report.metadata));
    let availability: Availability<'_> = read(report.and_then(|report| report.availability));
    let status = failure.effective_status();
    let typed = report.map(|report| metadata.typed(report));
    let asked = Failure {
        report: typed.as_ref(),
        hint: failure.hint.or_else(|| availability.wait()),
        ..*failure
    };
    let kind = availability.kind().or_else(|| metadata.kind(status));
    let kind = kind.unwrap_or_else(|| kind_of(&asked));
    let retry = retry(&asked, kind, &metadata, &availability);
    failure_error(kind, status, &words(report, &metadata), retry)
}

/// What OpenRouter says about trying again.
fn retry(
    failure: &Failure<'_>,
    kind: ErrorKind,
    metadata: &Metadata<'_>,
    availability: &Availability<'_>,
) -> Option<Retry> {
    match (failure.hint, availability.retryable()) {
        (Some(Retry::Never), _) | (None | Some(Retry::After(_)), Some(false)) => {
            return Some(Retry::Never);
        }
        (Some(hint), _) => return Some(hint),
        (None, _) => {}
    }
    let limited = matches!(kind, ErrorKind::RateLimited | ErrorKind::QuotaExhausted);
    let reset =
        failure.headers.get("x-ratelimit-reset").map(str::to_owned).or_else(|| metadata.reset());
    let until = reset.filter(|_| limited).and_then(|reset| until(&reset, failure.now));
    until.or_else(|| availability.retryable().map(|_| Retry::Now))
}

impl<'a> Metadata<'a> {
    /// The report with its class of error, which stands in the metadata.
    fn typed(&self, report: &Report<'a>) -> Report<'a> {
        let mut report = report.clone();
        let own = self.error_type.clone().into_text();
        report.error_type = report.error_type.or(own);
        report
    }

    fn kind(&self, status: Option<u16>) -> Option<ErrorKind> {
        if self.limit_source.as_deref() == Some("openrouter_free_tier_daily") {
            return Some(ErrorKind::QuotaExhausted);
        }
        let moderated =
            self.patterns.is_some() || self.reasons.is_some() || self.flagged_input.is_some();
        if moderated && status.is_none_or(|status| matches!(status, 400 | 403)) {
            return Some(ErrorKind::ContentPolicy);
        }
        // An upstream's own credit and limits are no concern of the caller's key; what it finds
        // wrong with the request is.
        if !matches!(status, Some(400 | 404 | 413 | 422)) {
            return None;
        }
        let raw = self.raw_text();
        let by_raw = || kind_inside(&Report::find(raw.as_deref()?)?);
        let by_code = || {
            let mut report = Report::default();
            report.code = Some(self.provider_code.as_deref()?.into());
            kind_inside(&report)
        };
        let by_text = || kind_by_message(raw.as_deref()?, status);
        let kind = by_raw().or_else(by_code).or_else(by_text)?;
        blames_request(kind).then_some(kind)
    }

    /// The upstream's answer, mostly JSON in a string.
    fn raw_text(&self) -> Option<String> {
        let raw = self.raw?.get();
        let text = serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned());
        Some(text.trim().to_owned())
    }

    fn reset(&self) -> Option<String> {
        let headers: BTreeMap<Cow<'_, str>, Word<'_>> =
            serde_json::from_str(self.headers?.get()).ok()?;
        let is_reset = |name: &str| name.eq_ignore_ascii_case("x-ratelimit-reset");
        headers.into_iter().find(|(name, _)| is_reset(name))?.1.into_string()
    }

    fn attempts_before(&self) -> usize {
        let list = self.previous_errors.map(|raw| serde_json::from_str(raw.get()));
        let list: Option<Vec<IgnoredAny>> = list.and_then(Result::ok);
        list.map_or(0, |list| list.len())
    }
}

/// What an upstream's own report says of the request.
fn kind_inside(report: &Report<'_>) -> Option<ErrorKind> {
    let report = Some(report);
    let headers = Headers::default();
    let inner = Failure { status: 200, report, hint: None, headers, now: UNIX_EPOCH };
    Some(kind_of(&inner)).filter(|kind| blames_request(*kind))
}

fn blames_request(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ContextLength
            | ErrorKind::UnsupportedParam
            | ErrorKind::ContentPolicy
            | ErrorKind::RegionBlocked
    )
}

impl Availability<'_> {
    fn retryable(&self) -> Option<bool> {
        self.retryable.and_then(|raw| raw.get().parse().ok())
    }

    fn wait(&self) -> Option<Retry> {
        let wait = Duration::try_from_secs_f64(self.retry_after.as_deref()?.parse().ok()?).ok()?;
        (!wait.is_zero()).then_some(Retry::After(wait))
    }

    fn kind(&self) -> Option<ErrorKind> {
        Some(match self.code.as_deref()? {
            "privacy_restricted" | "constraint_filtered" => {
                let filters = self.excluded_by.map(RawValue::get).unwrap_or_default();
                if filters.contains("context_length") {
                    ErrorKind::ContextLength
                } else if filters.contains("require_parameters") {
                    ErrorKind::UnsupportedParam
                } else if filters.contains("\"geo\"") || filters.contains("data_region") {
                    ErrorKind::RegionBlocked
                } else {
                    ErrorKind::ModelNotFound
                }
            }
            "model_not_found"
            | "wrong_endpoint"
            | "no_endpoints"
            | "model_deprecated"
            | "model_unavailable_upstream"
            | "free_variant_ended" => ErrorKind::ModelNotFound,
            "capacity_exhausted" => ErrorKind::RateLimited,
            "temporarily_unavailable" => ErrorKind::Overloaded,
            "region_restricted" => ErrorKind::RegionBlocked,
            _ => return None,
        })
    }
}

/// The words for people: the message, the upstream's own where they say more, who it was and
/// how many were tried before.
fn words(report: Option<&Report<'_>>, metadata: &Metadata<'_>) -> String {
    let message = report.and_then(|report| report.message.as_deref()).unwrap_or_default();
    let mut words = message.trim_end_matches('.').to_owned();
    let raw = metadata.raw_text();
    let upstream = raw.as_deref().and_then(Report::find).and_then(|report| report.message);
    if let Some(upstream) = upstream.filter(|upstream| !message.contains(&**upstream)) {
        words = format!("{words}: {upstream}");
    }
    if let Some(name) = metadata.provider_name.as_deref() {
        words = format!("{words} (upstream {name})");
    }
    match metadata.attempts_before() {
        0 => words,
        earlier => format!("{words} (after {earlier} other upstreams)"),
    }
}

fn read<'a, T: Default + Deserialize<'a>>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// How long it is until a reset time in seconds or milliseconds since 1970.
fn until(reset: &str, now: SystemTime) -> Option<Retry> {
    let number: f64 = reset.trim().parse().ok()?;
    let seconds = if number >= MILLISECONDS { number / 1000.0 } else { number };
    let reset = UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
    let wait = reset.duration_since(now).ok()?;
    (!wait.is_zero()).then_some(Retry::After(wait))
}
