//! What an answer's headers say about trying again.

use std::time::{Duration, SystemTime};

use llm_core::Retry;

/// Reads what headers say about trying again; `header` gives the first value of a name.
///
/// `x-should-retry` comes first: `false` means never. How long to wait is said by
/// `retry-after-ms`, else by `retry-after`, in seconds or as a date that `now` is measured
/// against. A wait that is past, zero, negative or unreadable says nothing. However long it is,
/// it is returned as it is: how much of it is obeyed is the caller's to decide.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use llm_core::Retry;
///
/// let header = |name: &str| (name == "retry-after").then_some("1.5");
/// let hint = llm_http::retry_hint(header, SystemTime::UNIX_EPOCH);
/// assert_eq!(hint, Some(Retry::After(Duration::from_millis(1_500))));
/// ```
pub fn retry_hint<'a>(header: impl Fn(&str) -> Option<&'a str>, now: SystemTime) -> Option<Retry> {
    let advice = header("x-should-retry").map(|value| value.trim().to_ascii_lowercase());
    if advice.as_deref() == Some("false") {
        return Some(Retry::Never);
    }
    let wait = header("retry-after-ms")
        .and_then(|value| number(value, 1_000.0))
        .or_else(|| header("retry-after").and_then(|value| seconds_or_date(value, now)));
    match wait {
        Some(wait) => Some(Retry::After(wait)),
        None => (advice.as_deref() == Some("true")).then_some(Retry::Now),
    }
}

fn seconds_or_date(value: &str, now: SystemTime) -> Option<Duration> {
    number(value, 1.0).or_else(|| {
        let date = httpdate::parse_http_date(value.trim()).ok()?;
        date.duration_since(now).ok().filter(|wait| !wait.is_zero())
    })
}

fn number(value: &str, units_per_second: f64) -> Option<Duration> {
    let number: f64 = value.trim().parse().ok()?;
    Duration::try_from_secs_f64(number / units_per_second).ok().filter(|wait| !wait.is_zero())
}
